"""The outer loop of a design: divide, expect every person's real minutes, divide again by what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines.certificates import facts_hash, prove_bounds
from gridsvc.engines.pool import Report
from gridsvc.engines.territory import DesignOutcome, DesignRequest, rejudged
from gridsvc.storage.plans import Grids
from gridsvc.usecases.draw_grids import name_grids
from gridsvc.usecases.expect_minutes import ExpectedMinutes, TravelBasis, expect_minutes
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.survey_district import DesignRules, Survey, layer_request

MOST_ROUNDS = 3
_AIM = 0.9  # of the tolerance: later rounds leave room for what the next estimate changes
State = Callable[[Layer, DesignRules], DesignRequest]
Name = Callable[[Layer, NDArray[np.int32]], Grids]
Search = Callable[[Mapping[Layer, DesignRequest], Report, int], dict[Layer, DesignOutcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDesign:
    """One layer divided, with the minutes that its people can expect.

    Parameters
    ----------
    grids : with their people and names
    expected : by grid position, a cycle
    n_rounds : re-balancings after the first division
    remaining_share : greatest deviation of expected minutes from their mean
    """

    outcome: DesignOutcome
    grids: Grids
    expected: ExpectedMinutes
    n_rounds: int
    remaining_share: float


def design_rounds(
    survey: Survey,
    basis: TravelBasis,
    n_grids: Mapping[Layer, int],
    rules: DesignRules,
    search: Search,
    *,
    state: State | None = None,
    name: Name | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> tuple[dict[Layer, LayerDesign], DesignRules]:
    """Divide the layers, at most `MOST_ROUNDS` times anew, until expected minutes keep the tolerance.

    Travel depends on the grids and the grids on travel. Each round expects the minutes of every grid (travel by the
    calibrated estimate, crews assisted), scales the minutes of its units to that sum, and balances again from there.
    The best round is kept, feasible ones first. The rules that come back carry the last factors, so that whoever judges
    the plan later counts the same minutes.

    Parameters
    ----------
    search : divides the layers that are asked for; its third argument is the round
    state : states a layer under rules for the engine; default: as a new plan
    name : gives the grids of a division their people and names; default: as a new plan
    is_cancelled : asked after each round; then the best round so far is kept
    """
    state = state or (lambda layer, asked: layer_request(survey, layer, n_grids[layer], asked))
    name = name or (lambda layer, grid_of_unit: name_grids(survey, layer, grid_of_unit, n_grids[layer]))
    report = on_progress or (lambda share, words: None)
    best: dict[Layer, LayerDesign] = {}
    factor: dict[str, Mapping[str, object]] = {}
    asked = rules
    waiting = list(n_grids)
    begin: dict[Layer, NDArray[np.int32]] = {}
    for number in range(MOST_ROUNDS + 1):
        requests = {layer: replace(state(layer, asked), initial=begin.get(layer)) for layer in waiting}

        def within(share: float, words: str, *, number: int = number) -> None:
            report((number + share) / (MOST_ROUNDS + 1), f"round {number + 1}, {words}")

        outcomes = search(requests, within, number)
        settled = []
        for layer in waiting:
            grids = name(layer, outcomes[layer].grid_of_unit)
            found = _judged(survey, basis, layer, outcomes[layer], grids, rules, state, number)
            if layer not in best or _rank(found[0]) < _rank(best[layer]):
                best[layer] = found[0]
                factor[layer] = found[1]
            if found[0].outcome.is_feasible:
                settled.append(layer)
            begin[layer] = found[0].outcome.grid_of_unit
            asked = _learnt(asked, layer, found[1])
        waiting = [layer for layer in waiting if layer not in settled]
        if not waiting or (is_cancelled is not None and is_cancelled()):
            break
        asked = replace(asked, minutes_tolerance_share=_AIM * rules.minutes_tolerance_share)
    final = replace(rules, minutes_factor={str(layer): factor[layer] for layer in n_grids})
    report(1.0, "")
    return {layer: _proven(best[layer], state(layer, final), rules.bound_steps) for layer in n_grids}, final


def _proven(design: LayerDesign, request: DesignRequest, free_steps: int) -> LayerDesign:
    """Put into the certificate of the chosen design how much more compact a plan could be, and the proof."""
    bounds = prove_bounds(request.problem, design.grids.grid_of_unit, seed=request.seed, free_steps=free_steps)
    outcome = replace(design.outcome, certificate=design.outcome.certificate | {"bounds": bounds})
    return replace(design, outcome=outcome)


def _learnt(rules: DesignRules, layer: Layer, factor: Mapping[str, object]) -> DesignRules:
    return replace(rules, minutes_factor={**(rules.minutes_factor or {}), str(layer): factor})


def _rank(design: LayerDesign) -> tuple[bool, float]:
    return (not design.outcome.is_feasible, design.remaining_share)


def _judged(
    survey: Survey,
    basis: TravelBasis,
    layer: Layer,
    outcome: DesignOutcome,
    grids: Grids,
    rules: DesignRules,
    state: State,
    number: int,
) -> tuple[LayerDesign, dict[str, object]]:
    """Judge a division by the minutes that it will really ask, and give the factors that say so."""
    expected = expect_minutes(survey, layer, basis, grids.grid_of_unit, grids.staff_ids, crews=rules.crews)
    factor = factor_of(survey, layer, grids, expected)
    request = state(layer, _learnt(rules, layer, factor))
    mean = float(expected.total.mean())
    off = float(np.abs(expected.total - mean).max()) / mean if mean > 0 else 0.0
    facts = layer_request(survey, layer, len(grids.grid_ids), _learnt(DesignRules(max_iterations=0), layer, factor))
    again = rejudged(request, outcome, grids.grid_of_unit)
    judged = LayerDesign(
        outcome=replace(again, certificate=again.certificate | {"facts_sha256": facts_hash(facts.problem)}),
        grids=grids,
        expected=expected,
        n_rounds=number,
        remaining_share=off,
    )
    return judged, factor


def factor_of(survey: Survey, layer: Layer, grids: Grids, expected: ExpectedMinutes) -> dict[str, object]:
    """Give what the tabled minutes of each unit are multiplied with, so that every grid sums to what is expected."""
    tabled = measure_load(survey.retailers, layer, survey.workload)
    grid = grids.grid_of_unit[survey.retailer_unit]
    inside = grid >= 0
    base = np.bincount(grid[inside], tabled[inside], len(grids.grid_ids))
    values = np.where(base > 0, expected.total / np.maximum(base, 1e-9), 1.0)
    of_unit = np.where(grids.grid_of_unit >= 0, grids.grid_of_unit, len(values))
    return {"values": [*(round(float(value), 5) for value in values), 1.0], "of_unit": of_unit.tolist()}


def words_of(designs: Mapping[Layer, LayerDesign]) -> Sequence[str]:
    """Say per layer how even the expected minutes are, travel included, and how sure that is."""
    said = []
    for layer, design in designs.items():
        a_day = design.expected.total / WORKING_DAYS_PER_CYCLE
        rounds = f"{design.n_rounds} rounds" if design.n_rounds != 1 else "one round"
        said.append(
            f"{layer}: {a_day.min():.0f} to {a_day.max():.0f} minutes a day expected, travel included; remaining error "
            f"{100 * design.remaining_share:.1f} % after {rounds}; travel {design.expected.words}"
        )
    return said
