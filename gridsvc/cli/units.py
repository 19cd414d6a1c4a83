"""`gridsvc units`: the basic units that grids are made of."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make the basic units that grids are made of.")


@app.callback()
def root() -> None:
    """Make the basic units that grids are made of."""


@app.command()
def make(
    kind: Annotated[str, typer.Option(help="h3 or areas")] = "h3",
    level: Annotated[str | None, typer.Option(help="of the areas: street_office, census_tract, ...")] = None,
    coarsest: Annotated[int, typer.Option(min=0, max=10, help="largest H3 cells")] = 8,
    finest: Annotated[int, typer.Option(min=0, max=10, help="smallest H3 cells")] = 10,
    split_above: Annotated[int, typer.Option(min=1, help="a cell with more shops than this is split")] = 20,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Cut the district into units and say what had to be joined."""
    from rich.console import Console

    from gridsvc.cli.progress import progress_bar
    from gridsvc.usecases.make_units import make_units
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        with progress_bar("Making units") as on_progress:
            made = make_units(
                service.store, service.clock, adcode=adcode, actor="operator", kind=kind, level=level,
                coarsest=coarsest, finest=finest, split_above=split_above, on_progress=on_progress,
            )  # fmt: skip
    console = Console()
    sizes = ", ".join(f"{count:,} of resolution {size}" for size, count in made.n_by_size.items())
    console.print(
        f"{made.n_units:,} units{f' ({sizes})' if sizes else ''}, {made.n_borders:,} borders", highlight=False
    )
    if made.n_cut:
        console.print(f"  {made.n_cut:,} borders are cut by barriers", highlight=False)
    if made.n_outside:
        console.print(f"  {made.n_outside:,} shops lie in no unit", highlight=False)
    for note in made.notes:
        console.print(f"  {note}", highlight=False, markup=False)
    console.print(
        f"Unit set {made.unit_set_id}" + ("" if made.is_new else ": made before, nothing changed"), highlight=False
    )


@app.command()
def ways(
    distance: Annotated[str, typer.Option(help="barrier (ways around barriers) or street (times on the streets)")],
    units: Annotated[str, typer.Option(help="h3, or the level of the areas; default: the newest")] = "",
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Measure the ways between units anew, after streets changed; designs that need them measure them by themselves."""
    from gridsvc.cli.words import parse_choice
    from gridsvc.domain.distances import Distance
    from gridsvc.usecases.list_unit_sets import find_unit_set
    from gridsvc.usecases.measure_ways import measure_ways
    from gridsvc.wiring import choose_district, open_service

    wanted = parse_choice(Distance, distance, "--distance")
    with open_service() as service:
        adcode = choose_district(service, district)
        unit_set_id = find_unit_set(service.store, service.clock, adcode=adcode, wanted=units)
        measured = measure_ways(
            service.store, service.clock, adcode=adcode, actor="operator", unit_set_id=unit_set_id, distance=wanted
        )
    typer.echo(
        f"Straight lines differ from {wanted} ways by {100 * measured.stress_straight**0.5:.1f} % (root mean square); "
        f"between the places that grids are made compact on it is {100 * measured.stress**0.5:.1f} %"
    )
