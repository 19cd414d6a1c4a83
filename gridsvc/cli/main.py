"""The command line's front door: it names every command and imports none of them before it is called.

Only typer is imported here, because pandas, geopandas, ortools and the database client each cost a second of start-up.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer
from typer.core import TyperGroup

# command -> (module that holds its typer application `app`, one line for --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("gridsvc.cli.up", "Bring up everything: database, first planning, pages, API, worker."),
    "serve": ("gridsvc.cli.serve", "Serve the API and the pages."),
    "worker": ("gridsvc.cli.worker", "Take long work from the queue."),
    "district": ("gridsvc.cli.district", "Make and list districts."),
    "import": ("gridsvc.cli.imports", "Take files into the district: shops, areas, streets, staff, owners, ..."),
    "geocode": ("gridsvc.cli.geocode", "Look up the addresses of shops without a point."),
    "locate": ("gridsvc.cli.locate", "Find where an address lies and who owns the place."),
    "layout": ("gridsvc.cli.layout", "Show the licence plan; look ahead at what approvals would do."),
    "review": ("gridsvc.cli.review", "Look at what imports rejected or doubted."),
    "sample": ("gridsvc.cli.sample", "Invent files, demand, staff or owners; everything says SYNTHETIC."),
    "units": ("gridsvc.cli.units", "Make the basic units that grids are made of."),
    "plan": ("gridsvc.cli.plan", "Design, check, approve and publish grids."),
    "cycle": ("gridsvc.cli.cycle", "Plan the 28-day cycle and its lines."),
    "line": ("gridsvc.cli.line", "List the lines; move shops; make, rename, move, hand on and end lines."),
    "day": ("gridsvc.cli.day", "Plan and show the routes of a day."),
    "workload": ("gridsvc.cli.workload", "Frequencies and minutes that plans count with, by district."),
    "service-minutes": ("gridsvc.cli.service_minutes", "How long stops take: assumed and measured."),
    "ownership": ("gridsvc.cli.ownership", "Ask who is responsible for a place or a retailer."),
    "export": ("gridsvc.cli.export", "Write what the service holds as files."),
    "organisation": ("gridsvc.cli.organisation", "Departments, staff, deputies, crews and days away."),
    "account": ("gridsvc.cli.account", "Add accounts of people, set passwords."),
    "collaboration": ("gridsvc.cli.collaboration", "Requests that find the right person by place."),
    "key": ("gridsvc.cli.key", "Make, list and revoke keys of systems."),
    "audit": ("gridsvc.cli.audit", "Verify the record of every write."),
    "backup": ("gridsvc.cli.backup", "Write the whole database into one file."),
    "restore": ("gridsvc.cli.restore", "Put a backup back into an empty database."),
    "solve": ("gridsvc.cli.solve", "Run an engine on a published instance, without any database."),
}


class LazyGroup(TyperGroup):
    """Lists every command from the table above and imports a command's module when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module_name, _ = COMMANDS[cmd_name]
        command = typer.main.get_command(importlib.import_module(module_name).app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    name="gridsvc",
    help="Grids, routes and ownership for field forces.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    """Grids, routes and ownership for field forces."""


def main() -> None:
    """Run the command line.

    The exit code is 0 done, 2 bad input or a rule in the way (with every reason), 3 nothing feasible found, 130 ended
    by Ctrl-C, 1 a fault of this program.
    """
    from gridsvc.bootstrap import BootstrapError
    from gridsvc.domain.errors import GridsvcError

    try:
        app(args=sys.argv[1:], prog_name="gridsvc")
    except (GridsvcError, BootstrapError) as error:
        sys.stderr.write(f"gridsvc: {error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
