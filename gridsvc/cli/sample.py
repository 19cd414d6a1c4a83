"""`gridsvc sample`: invented files, demand, staff and owners, always marked as such."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Invent what is missing; it says SYNTHETIC.")

District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.command("district")
def write_files(
    folder: Annotated[Path, typer.Argument(help="folder for the files; made where it lacks")],
    size: Annotated[str, typer.Option(help="district, city or province")] = "district",
    seed: int = 1,
) -> None:
    """Write the files of a synthetic district, ready to be imported."""
    from rich.console import Console

    from gridsvc.cli.progress import progress_bar
    from gridsvc.usecases.write_sample import write_sample

    with progress_bar("Inventing a district") as on_progress:
        paths = write_sample(folder, size=size, seed=seed, on_progress=on_progress)
    console = Console()
    for path in paths:
        console.print(f"  {path}", highlight=False, markup=False)
    console.print("SYNTHETIC: everything in these files is invented.")


@app.command()
def demand(seed: int = 1, district: District = None) -> None:
    """Invent tiers, stars, urban form and orders where no register gave them."""
    from rich.console import Console

    from gridsvc.usecases.assign_demand import assign_demand
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        done = assign_demand(service.store, service.clock, adcode=adcode, actor="operator", seed=seed)
    console = Console(highlight=False)
    if not done.invented:
        console.print("Nothing to invent: the register gave every value.")
        return
    words = ", ".join(f"{name} of {count:,} shops" for name, count in done.invented.items())
    console.print(f"SYNTHETIC: invented with seed {seed}: {words}.")
    for name, counts in done.shares.items():
        console.print(f"  {name}: " + ", ".join(f"{word} {count / done.n_shops:.0%}" for word, count in counts.items()))
    if not done.n_changed:
        console.print("Nothing changed.")


@app.command()
def staff(
    inspectors: Annotated[int, typer.Option(min=1)] = 12,
    managers: Annotated[int, typer.Option(min=1)] = 12,
    drivers: Annotated[str, typer.Option(help="a number, or auto: as many as cartons and minutes need")] = "auto",
    seed: int = 1,
    district: District = None,
) -> None:
    """Invent field staff with offices amid the shops."""
    from rich.console import Console

    from gridsvc.domain.errors import BadInput
    from gridsvc.usecases.sample_staff import sample_staff
    from gridsvc.wiring import choose_district, open_service

    if drivers != "auto" and not drivers.isdigit():
        raise BadInput(f"--drivers is a number or auto, not {drivers}")
    with open_service() as service:
        adcode = choose_district(service, district)
        made = sample_staff(
            service.store, service.clock, adcode=adcode, actor="operator", n_inspectors=inspectors,
            n_managers=managers, n_drivers=None if drivers == "auto" else int(drivers), seed=seed,
        )  # fmt: skip
    console = Console(highlight=False)
    offices: dict[str, int] = {}
    for member in made.members:
        offices[member.org_unit_name or ""] = offices.get(member.org_unit_name or "", 0) + 1
    for name, count in offices.items():
        console.print(f"  {name}: {count} staff")
    console.print(f"SYNTHETIC: {len(made.members)} members of staff are invented; vans: {made.why_drivers}.")


@app.command()
def owners(
    level: Annotated[str, typer.Option(help="level of the areas that are merged to one group per member of staff")],
    out: Annotated[Path | None, typer.Option(help="file to write; default: in the service's own folder")] = None,
    file_only: Annotated[bool, typer.Option("--file-only", help="write the file, do not import it")] = False,
    district: District = None,
) -> None:
    """Invent present owners where none are known, and take them in as generation 0."""
    from rich.console import Console

    from gridsvc.cli.import_report import print_report
    from gridsvc.usecases.import_assignments import import_assignments
    from gridsvc.usecases.sample_owners import sample_owners
    from gridsvc.wiring import choose_district, open_service

    console = Console(highlight=False)
    with open_service() as service:
        adcode = choose_district(service, district)
        path = out or service.settings.var_dir / "sample" / f"owners_{adcode}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        made = sample_owners(service.store, service.clock, adcode=adcode, level=level, path=path)
        for layer, counts in made.n_shops.items():
            words = f"{len(counts)} owners with {min(counts.values()):,} to {max(counts.values()):,} shops"
            console.print(f"  {layer.value}: {words}")
        if made.n_left_out:
            console.print(f"  {made.n_left_out:,} shops lie in no area and stay unowned")
        console.print(f"SYNTHETIC: invented owners are in {made.path}", markup=False)
        if file_only:
            return
        report = import_assignments(service.store, service.clock, adcode=adcode, actor="operator", path=path)
    print_report(report)
