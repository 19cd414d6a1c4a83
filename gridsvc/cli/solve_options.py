"""What `solve territory`, `routing` and `periodic` have in common: exit codes, limits, seed and output file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from gridsvc.cli.output_file import output_fault

EXIT_BAD_INPUT = 2
EXIT_NOTHING_FOUND = 3
DEFAULT_SECONDS = 10.0
GREATEST_SEED = 2**32 - 1

MaxSeconds = Annotated[
    float | None, typer.Option("--max-seconds", help="CPU seconds of search of one thread; 10 when no limit is given.")
]
MaxIterations = Annotated[
    int | None, typer.Option("--max-iterations", help="Iterations; alone it makes runs repeatable to the byte.")
]
Tolerance = Annotated[float, typer.Option("--tolerance", help="Greatest deviation from the mean load, 0.05 = 5 %.")]
Load = Annotated[
    Literal["retailers", "minutes", "cartons", "both", "all"],
    typer.Option("--load", help="What is balanced; both = retailers and minutes, all = these and cartons at once."),
]
Seed = Annotated[int, typer.Option("--seed", help=f"Seed of the search, 0 to {GREATEST_SEED}.")]


def option_faults(out: Path, seed: int, max_seconds: float | None, max_iterations: int | None) -> list[str]:
    """Return one sentence for each option that cannot be used; asked before the search, so that no search is lost."""
    faults = []
    if not 0 <= seed <= GREATEST_SEED:
        faults.append(f"--seed has to lie in 0 to {GREATEST_SEED}, not {seed}.")
    if max_seconds is not None and not (math.isfinite(max_seconds) and max_seconds >= 0):
        faults.append(f"--max-seconds has to be a finite number >= 0, not {max_seconds}.")
    if max_iterations is not None and max_iterations < 0:
        faults.append(f"--max-iterations has to be >= 0, not {max_iterations}.")
    fault = output_fault(out)
    return [*faults, f"--out {out} cannot be written: {fault}."] if fault else faults


def tolerance_faults(tolerance: float) -> list[str]:
    """Return a sentence where the tolerance is none."""
    return [] if 0 <= tolerance < 1 else [f"--tolerance has to lie in [0, 1), 0.05 for 5 %, not {tolerance}."]


def seconds_or_default(max_seconds: float | None, max_iterations: int | None) -> float | None:
    """Return the CPU seconds to search for: 10 where neither limit is named."""
    return DEFAULT_SECONDS if max_seconds is None and max_iterations is None else max_seconds


def write_solution(out: Path, text: str) -> None:
    """Write the solution; a full disk or a lost folder ends the command with code 2 and a sentence."""
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise stopped(f"--out {out} cannot be written: {error.strerror or error}.", EXIT_BAD_INPUT) from error


def stopped(words: str, code: int) -> typer.Exit:
    """Say `words` on standard error and return the exit to raise."""
    typer.echo(words, err=True)
    return typer.Exit(code)
