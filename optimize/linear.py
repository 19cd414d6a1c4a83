"""Linear and integer programmes by OR-Tools: GLOP for parts, CP-SAT on one worker for whole numbers.

Both are repeatable: CP-SAT has a fixed seed and a limit in deterministic time. `model_builder_helper` is the part of
OR-Tools' model builder that takes a whole sparse matrix at once and needs no pandas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Programme:
    """Minimise `cost @ x` with `least <= matrix @ x <= most` and `0 <= x <= upper`.

    Parameters
    ----------
    cost : (n,)
    matrix : (m, n)
    least, most : (m,), infinite where a row has no such limit
    upper : of every variable or (n,) of each, may be infinite
    """

    cost: FloatArray
    matrix: csr_matrix
    least: FloatArray
    most: FloatArray
    upper: float | FloatArray = 1.0


@dataclass(frozen=True, eq=False)
class Optimum:
    """A best plan in parts: (n,) values and (n,) reduced costs, negative where a greater value would pay."""

    x: FloatArray
    reduced_cost: FloatArray


def solve_parts(programme: Programme, most_seconds: float = math.inf) -> Optimum | None:
    """Return an optimum in parts; None where there is none, or none within so many seconds by the clock."""
    solver = _solved(programme, "GLOP", "", most_seconds)
    if solver is None:
        return None
    return Optimum(np.array(solver.variable_values()), np.array(solver.reduced_costs()))


def solve_whole(
    programme: Programme, *, gap: float = 0.0, effort: float = math.inf, most_seconds: float = math.inf
) -> NDArray[np.int64] | None:
    """Return (n,) whole numbers within every limit whose cost is at most `gap` above the least; None without any.

    Parameters
    ----------
    gap : of the cost, absolute; wider where a limit ends the search
    effort : deterministic seconds of CP-SAT, about as many on one core; the answer repeats itself
    most_seconds : by the clock; a limit that ends the search makes the answer differ from run to run
    """
    rules = f"num_workers:1 random_seed:1 absolute_gap_limit:{gap!r} relative_gap_limit:0"
    if math.isfinite(effort):
        rules += f" max_deterministic_time:{effort!r}"
    solver = _solved(programme, "SAT", rules, most_seconds)
    return None if solver is None else np.rint(solver.variable_values()).astype(np.int64)


def _solved(programme: Programme, name: str, rules: str, most_seconds: float) -> Any:
    """Return OR-Tools' solver with a plan in it, or None."""
    from ortools.linear_solver.python import model_builder_helper  # as all of OR-Tools, only where it is needed

    if most_seconds <= 0:
        return None
    n = len(programme.cost)
    model: Any = model_builder_helper.ModelBuilderHelper()  # its stubs know numpy's types of long ago
    model.fill_model_from_sparse_data(
        np.zeros(n), np.full(n, programme.upper, dtype=np.float64), programme.cost, programme.least, programme.most,
        csr_matrix(programme.matrix, dtype=np.float64),
    )  # fmt: skip
    solver = model_builder_helper.ModelSolverHelper(name)
    if name == "SAT":
        for k in range(n):
            model.set_var_integrality(k, True)
        solver.set_solver_specific_parameters(rules)
    if math.isfinite(most_seconds):
        solver.set_time_limit_in_seconds(most_seconds)
    solver.solve(model)
    return solver if solver.has_solution() else None
