"""Write the reference pages that follow from the code: `.venv/bin/python docs/generate.py`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from gridsvc.cli.main import COMMANDS
from gridsvc.settings import Settings

REFERENCE = Path(__file__).parent / "reference"


def commands_page() -> str:
    """Give the page of every command with its arguments and options."""
    lines = [
        "# Commands",
        "",
        "`./run COMMAND ...` runs `gridsvc COMMAND ...` in the project's environment; a command that needs no",
        "database starts none. Exit codes: 0 done, 2 bad input or a rule in the way (every reason is printed),",
        "3 nothing feasible found, 130 ended by Ctrl-C, 1 a fault of the program.",
    ]
    for name, (module_name, summary) in COMMANDS.items():
        command = typer.main.get_command(importlib.import_module(module_name).app)
        lines += ["", f"## {name}", "", summary]
        for path, leaf in _leaves(f"gridsvc {name}", command):
            lines += ["", f"### `{path}`", "", _first_paragraph(leaf.help or "")]
            rows = [_row(parameter) for parameter in leaf.params if parameter.name != "help"]
            if rows:
                lines += ["", "| option | meaning | default |", "| --- | --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Give the page of every setting."""
    lines = [
        "# Settings",
        "",
        "Read from the environment, or from a file `.env` in the checkout. A value that cannot be used is an error at",
        "start-up.",
        "",
        "| variable | meaning | default |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| `GRIDSVC_{name.upper()}` | {_cell(field.description or '')} | {default} |")
    return "\n".join(lines) + "\n"


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())


def _row(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    name = (
        f"`{(parameter.name or '').upper()}`" if is_argument else ", ".join(f"`{option}`" for option in parameter.opts)
    )
    default = "" if parameter.default in (None, "", [], ()) or callable(parameter.default) else f"`{parameter.default}`"
    meaning = _cell(getattr(parameter, "help", None) or "")
    return f"| {name} | {meaning} | {'required' if parameter.required else default} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    (REFERENCE / "commands.md").write_text(commands_page(), encoding="utf-8")
    (REFERENCE / "settings.md").write_text(settings_page(), encoding="utf-8")
