"""The option that every search with two engines has."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Engine = Annotated[Literal["auto", "ortools"], typer.Option("--engine", help="auto, or ortools: OR-Tools alone")]
