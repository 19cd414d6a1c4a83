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
    """Run the command line; the exit code is 0 done, 2 bad input, 3 nothing feasible found, 1 anything else."""
    app(args=sys.argv[1:])


if __name__ == "__main__":
    main()
