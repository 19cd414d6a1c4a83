"""`gridsvc solve`: an engine on a published instance, for anyone to try and to judge."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
