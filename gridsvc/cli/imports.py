"""`gridsvc import`: take files into the district; each command says what came in, what did not and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.imports import ImportReport
    from gridsvc.usecases.read_source import SourceOptions

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Take files into the district.")

File = Annotated[Path, typer.Argument(help="CSV (.gz), XLSX, GeoJSON, GeoPackage or GeoParquet")]
Where = Annotated[list[str], typer.Option(help="COLUMN=VALUE: read only such rows; may be repeated")]
Map = Annotated[list[str], typer.Option("--map", help="COLUMN=HEADING, or COLUMN='{heading} {heading}'; repeatable")]
Mapping = Annotated[Path | None, typer.Option(help="TOML file with columns, where, crs and encoding")]
Crs = Annotated[str | None, typer.Option(help="datum of the coordinates: wgs84, gcj02, bd09 or cgcs2000")]
Encoding = Annotated[str | None, typer.Option(help="of a text file; default: detected, and said")]
Part = Annotated[str | None, typer.Option(help="sheet of a workbook or layer of a GeoPackage")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="judge and report, write nothing")]
ReportFile = Annotated[Path | None, typer.Option("--report", help="write every finding and difference to this CSV")]
District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
Licences = Annotated[str, typer.Option(help="regular expression of a licence number; default: 4 to 32 letters, digits")]


@app.command()
def retailers(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None,  # noqa: B006
    encoding: Encoding = None, part: Part = None, licence_pattern: Licences = "", dry_run: DryRun = False,
    report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Shops: code or licence number, name, address, position, tier, star, hours, cartons, status."""
    from gridsvc.usecases.import_retailers import import_retailers

    options = _options(where, columns, mapping, crs, encoding, part, licence_pattern)
    _run("shops", import_retailers, file, options, dry_run, report, district)


@app.command()
def areas(
    file: File, level: Annotated[str, typer.Option(help="street_office, community, census_tract, ...")],
    where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Administrative areas of one level."""
    from gridsvc.usecases.import_areas import import_areas

    options = _options(where, columns, mapping, crs, encoding, part)
    _run("areas", import_areas, file, options, dry_run, report, district, level=level)


@app.command()
def streets(
    file: File, nodes: Annotated[Path, typer.Option(help="the file of the nodes that the edges name")],
    where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
    directed: Annotated[bool, typer.Option("--directed", help="an edge leads from u to v only")] = False,
) -> None:  # fmt: skip
    """Streets: edges between nodes; the file stands for the whole network."""
    from gridsvc.usecases.import_streets import import_streets

    options = _options(where, columns, mapping, crs, encoding, part)
    _run("streets", import_streets, file, options, dry_run, report, district, nodes=nodes, is_directed=directed)


@app.command()
def aliases(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Other names of streets, areas and landmarks: old, short or spoken ones; the file stands for all of them."""
    from gridsvc.usecases.import_aliases import import_aliases

    options = _options(where, columns, mapping, None, encoding, part)
    _run("other names", import_aliases, file, options, dry_run, report, district)


@app.command()
def staff(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None,  # noqa: B006
    encoding: Encoding = None, part: Part = None, dry_run: DryRun = False, report: ReportFile = None,
    district: District = None,
) -> None:  # fmt: skip
    """Field staff: code, name, role, department, office, vehicle."""
    from gridsvc.usecases.import_staff import import_staff

    options = _options(where, columns, mapping, crs, encoding, part)
    _run("staff", import_staff, file, options, dry_run, report, district)


@app.command()
def absences(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Absences of the field staff."""
    from gridsvc.usecases.import_absences import import_absences

    options = _options(where, columns, mapping, None, encoding, part)
    _run("absences", import_absences, file, options, dry_run, report, district)


@app.command()
def orders(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Orders of the shops."""
    from gridsvc.usecases.import_orders import import_orders

    options = _options(where, columns, mapping, None, encoding, part)
    _run("orders", import_orders, file, options, dry_run, report, district)


@app.command()
def assignments(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Today's owners and lines: they become generation 0, accepted as they are, with their faults listed."""
    from gridsvc.usecases.import_assignments import import_assignments

    options = _options(where, columns, mapping, None, encoding, part)
    _run("owners", import_assignments, file, options, dry_run, report, district)


@app.command()
def barriers(
    file: File, where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None,  # noqa: B006
    encoding: Encoding = None, part: Part = None, dry_run: DryRun = False, report: ReportFile = None,
    district: District = None,
) -> None:  # fmt: skip
    """Barriers that grids do not cross, and the bridges over them; the file stands for all of them."""
    from gridsvc.usecases.import_barriers import import_barriers

    options = _options(where, columns, mapping, crs, encoding, part)
    _run("barriers", import_barriers, file, options, dry_run, report, district)


@app.command("layout")
def layout_table(
    file: File,
    table: Annotated[str, typer.Option(help="layout_cells, school_entrances or licence_applications")],
    where: Where = [], columns: Map = [], mapping: Mapping = None, crs: Crs = None, encoding: Encoding = None,  # noqa: B006
    part: Part = None, dry_run: DryRun = False, report: ReportFile = None, district: District = None,
) -> None:  # fmt: skip
    """Licence plan: its cells, the entrances of schools, or the applications."""
    from gridsvc.usecases.import_layout import import_layout

    options = _options(where, columns, mapping, crs, encoding, part)
    _run(table.replace("_", " "), import_layout, file, options, dry_run, report, district, table=table)


def _options(where: list[str], columns: list[str], mapping: Path | None, crs: str | None, encoding: str | None,
             part: str | None, licence_pattern: str = "") -> SourceOptions:  # fmt: skip
    from gridsvc.cli.words import parse_pairs
    from gridsvc.usecases.read_source import SourceOptions

    return SourceOptions(
        columns=parse_pairs("--map", columns), where=parse_pairs("--where", where), crs=crs, encoding=encoding,
        part=part, mapping_file=mapping, licence_pattern=licence_pattern,
    )  # fmt: skip


def _run(what: str, use_case: Callable[..., ImportReport], file: Path, options: SourceOptions, dry_run: bool,
         report_file: Path | None, district: str | None, **more: object) -> None:  # fmt: skip
    from gridsvc.cli.import_report import print_report, write_report
    from gridsvc.cli.output_file import output_fault
    from gridsvc.cli.progress import progress_bar
    from gridsvc.domain.errors import BadInput
    from gridsvc.wiring import choose_district, open_service

    if report_file is not None and (fault := output_fault(report_file)):
        raise BadInput(f"--report {report_file} cannot be written: {fault}; nothing was imported")
    with open_service() as service:
        adcode = choose_district(service, district)
        with progress_bar(f"Importing {what}") as on_progress:
            report = use_case(
                service.store, service.clock, adcode=adcode, actor="operator", path=file, options=options,
                dry_run=dry_run, on_progress=on_progress, **more,
            )  # fmt: skip
    print_report(report)
    if report_file is not None:
        write_report(report, report_file)
