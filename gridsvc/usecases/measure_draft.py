"""Measure and judge one layer of a draft: its grids' work, its metrics, and every rule that it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.ids import GridId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plan_metrics import MetricValues
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import territory
from gridsvc.engines.territory import BrokenRule
from gridsvc.maps import shapes
from gridsvc.usecases.balanced_loads import CARTONS
from gridsvc.usecases.draft_bench import DraftBench, DraftLayer
from gridsvc.usecases.word_violations import word_violation

# a plan with one of these broken cannot be published; the others are warnings that want a reason
HARD_RULES = frozenset(
    {
        "unassigned",
        "empty_grid",
        "broken_grid",
        "pin",
        "lock",
        "must_link",
        "forbidden",
        "jurisdiction",
        "churn_budget",
    }
)
_ALL_AT_ONCE = 10  # more broken units of one kind than this are one sentence with their number


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGrid:
    """One grid of a draft and its work.

    Parameters
    ----------
    load_min_per_day : person-minutes of an average working day, travel included, exceptions counted where they are kept
    deviation_share : from the mean of the layer's grids; 0.05 = 5 % above it
    n_retailers : shops served, `n_exceptions` of them lie in another grid's units
    second_load, second_deviation_share : shops, or cartons a cycle where they take their place
    carton_load, carton_deviation_share : cartons a cycle where the layer balances them, else None
    n_pieces : parts between which staff cannot pass; 1 is whole
    n_gained, n_lost : shops that the owner gets from, or gives to, somebody else compared with today
    """

    grid_id: GridId
    name: str
    number: int
    staff_id: StaffId | None
    staff_code: str | None
    staff_name: str | None
    is_locked: bool
    n_units: int
    n_pieces: int
    n_retailers: int
    n_exceptions: int
    load_min_per_day: float
    deviation_share: float
    second_load: float
    second_deviation_share: float
    carton_load: float | None
    carton_deviation_share: float | None
    area_km2: float
    n_gained: int
    n_lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule in a planner's words; `is_hard` keeps the plan from being published.

    `measure` says of which load a rule about loads speaks ("minutes", "retailers", "cartons"); None for other rules.
    """

    layer: Layer
    rule: str
    is_hard: bool
    words: str
    grid_id: GridId | None = None
    unit: int | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLayer:
    """What is known of one layer of a draft."""

    grids: tuple[DraftGrid, ...]
    metrics: MetricValues
    findings: tuple[Finding, ...]


def measure_draft(bench: DraftBench, layer: Layer, draft: DraftLayer) -> MeasuredLayer:
    """Give the grids, metrics and findings of one layer; nothing is read or written. O(units + shops)."""
    problem = bench.problem(layer, draft)
    work = _work(bench, layer, draft)
    of_engine = territory.measure(problem, draft.grids.grid_of_unit) if problem.n_grids else {}
    return MeasuredLayer(
        grids=_grids(bench, draft, work),
        metrics={**of_engine, **_metrics(draft, work)},
        findings=tuple(_findings(bench, layer, draft, work)),
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """Sums by grid position, `others` by measure; `moved` marks the shops whose owner differs from today's."""

    grid_of_shop: NDArray[np.int32]
    minutes: NDArray[np.float64]
    others: dict[str, NDArray[np.float64]]
    n_shops: NDArray[np.int64]
    owner: NDArray[np.int32]
    owner_now: NDArray[np.int32]

    @property
    def second(self) -> NDArray[np.float64]:
        return next(iter(self.others.values()))

    @property
    def cartons(self) -> NDArray[np.float64] | None:
        return self.others.get(CARTONS)

    @property
    def moved(self) -> NDArray[np.bool_]:
        return np.asarray((self.owner_now >= 0) & (self.owner != self.owner_now))


def _work(bench: DraftBench, layer: Layer, draft: DraftLayer) -> _Work:
    of_layer = bench.layers[layer]
    n_grids = len(draft.grids.grid_ids)
    placed = bench.grid_of_shop(draft)
    inside = placed >= 0
    minutes = of_layer.minutes_per_day * draft.factor(bench.n_units)[bench.survey.retailer_unit]
    return _Work(
        placed,
        np.bincount(placed[inside], minutes[inside], n_grids).astype(np.float64),
        {
            load.measure: np.bincount(placed[inside], load.of_shop[inside], n_grids).astype(np.float64)
            for load in bench.loads(layer, draft.rules)
        },
        np.bincount(placed[inside], minlength=n_grids),
        bench.owner_of_shop(draft, placed),
        of_layer.owner,
    )


def _off(load: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each grid's deviation from the mean as a share of it; 0 where there is nothing to share."""
    mean = float(load.mean()) if len(load) else 0.0
    return np.asarray(load / mean - 1.0) if mean > 0 else np.zeros(len(load))


def _grids(bench: DraftBench, draft: DraftLayer, work: _Work) -> tuple[DraftGrid, ...]:
    grids, units = draft.grids, bench.survey.units
    n_grids = len(grids.grid_ids)
    owned = grids.grid_of_unit >= 0
    n_units = np.bincount(grids.grid_of_unit[owned], minlength=n_grids)
    area = np.bincount(grids.grid_of_unit[owned], units.area_km2[owned], n_grids)
    n_pieces = shapes.pieces(grids.grid_of_unit, units.edges, n_grids)
    off, second_off, cartons = _off(work.minutes), _off(work.second), work.cartons
    carton_off = None if cartons is None else _off(cartons)
    elsewhere = work.grid_of_shop != grids.grid_of_unit[bench.survey.retailer_unit]
    n_exceptions = np.bincount(work.grid_of_shop[elsewhere & (work.grid_of_shop >= 0)], minlength=n_grids)
    listed = []
    for at, (grid_id, staff_id) in enumerate(zip(grids.grid_ids, grids.staff_ids, strict=True)):
        person = bench.people.get(staff_id) if staff_id else None
        staff = bench.staff_position.get(staff_id, -2) if staff_id else -2
        listed.append(
            DraftGrid(
                grid_id=grid_id,
                name=grids.names[at],
                number=grids.numbers[at],
                staff_id=staff_id,
                staff_code=person.staff_code if person else None,
                staff_name=person.name if person else None,
                is_locked=grid_id in draft.rules.locks,
                n_units=int(n_units[at]),
                n_pieces=int(n_pieces[at]),
                n_retailers=int(work.n_shops[at]),
                n_exceptions=int(n_exceptions[at]),
                load_min_per_day=round(float(work.minutes[at]), 3),
                deviation_share=round(float(off[at]), 6),
                second_load=round(float(work.second[at]), 3),
                second_deviation_share=round(float(second_off[at]), 6),
                carton_load=None if cartons is None else round(float(cartons[at]), 3),
                carton_deviation_share=None if carton_off is None else round(float(carton_off[at]), 6),
                area_km2=round(float(area[at]), 4),
                n_gained=int(((work.owner == staff) & (work.owner_now != staff)).sum()),
                n_lost=int(((work.owner_now == staff) & (work.owner != staff)).sum()),
            )
        )
    return tuple(listed)


def _greatest(load: NDArray[np.float64] | None) -> float | None:
    return None if load is None else round(float(np.abs(_off(load)).max()), 6)


def _metrics(draft: DraftLayer, work: _Work) -> MetricValues:
    n_owned = int((work.owner_now >= 0).sum())
    n_moved = int(work.moved.sum())
    has_grids = len(work.minutes) > 0
    return {
        "minutes_deviation_share": round(float(np.abs(_off(work.minutes)).max()), 6) if has_grids else None,
        "count_deviation_share": round(float(np.abs(_off(work.second)).max()), 6) if has_grids else None,
        "cartons_deviation_share": _greatest(work.cartons) if has_grids else None,
        "minutes_per_day_min": round(float(work.minutes.min()), 1) if has_grids else None,
        "minutes_per_day_max": round(float(work.minutes.max()), 1) if has_grids else None,
        "retailers_min": int(work.n_shops.min()) if has_grids else None,
        "retailers_max": int(work.n_shops.max()) if has_grids else None,
        "n_moved": n_moved,
        "n_owned": n_owned,
        "churn_share": round(n_moved / n_owned, 6) if n_owned else None,
        "n_exceptions": len(draft.exceptions),
        "n_unowned_retailers": int((work.owner < 0).sum()),
        "n_unassigned_units": int((draft.grids.grid_of_unit < 0).sum()),
    }


def _findings(bench: DraftBench, layer: Layer, draft: DraftLayer, work: _Work) -> list[Finding]:
    problem = bench.problem(layer, draft)
    broken = territory.broken_rules(problem, draft.grids.grid_of_unit)
    if draft.exceptions:
        tolerance = dict(zip(problem.measures, problem.tolerance_share.tolist(), strict=True))
        broken = [rule for rule in broken if rule.rule != "load"] + _loads_with_exceptions(tolerance, work)
    found = [_finding(bench, layer, draft, rule) for rule in broken]
    n_moved, budget = int(work.moved.sum()), draft.rules.churn_budget
    if budget is not None and n_moved > budget:
        words = f"{n_moved:,} shops get another owner, {n_moved - budget:,} over the budget of {budget:,}"
        found.append(Finding(layer=layer, rule="churn_budget", is_hard=True, words=words))
    vacant = [name for name, staff_id in zip(draft.grids.names, draft.grids.staff_ids, strict=True) if not staff_id]
    if vacant:
        words = f"nobody owns {', '.join(vacant)}; the department answers there"
        found.append(Finding(layer=layer, rule="vacancy", is_hard=False, words=words))
    found += _orphans(bench, layer, draft)
    return found


def _orphans(bench: DraftBench, layer: Layer, draft: DraftLayer) -> list[Finding]:
    """Find people who own a grid or a kept shop and no longer serve the district."""
    there = {member.staff_id for member in bench.survey.staff[layer]}
    wanted = {staff_id for staff_id in draft.grids.staff_ids if staff_id}
    wanted |= {kept.staff_id for kept in draft.exceptions.values()}
    return [
        Finding(
            layer=layer,
            rule="not_in_service",
            is_hard=False,
            words=f"{bench.people[staff_id].staff_code if staff_id in bench.people else staff_id} owns shops but is "
            "not in service today",
        )
        for staff_id in sorted(wanted - there)
    ]


def _loads_with_exceptions(tolerance_share: Mapping[str, float], work: _Work) -> list[BrokenRule]:
    """Judge loads over shops: the engine's judge looks at units, where a shop that is kept elsewhere still counts."""
    found = []
    for measure, load in {"minutes": work.minutes * WORKING_DAYS_PER_CYCLE, **work.others}.items():
        tolerance = tolerance_share[measure]
        mean = float(load.mean()) if len(load) else 0.0
        beyond = np.abs(load - mean) - tolerance * mean
        found += [
            BrokenRule(
                rule="load", words=f"Grid {grid}", grid=grid, unit=-1, measure=measure, amount=float(beyond[grid])
            )
            for grid in np.flatnonzero(beyond > 1e-9 * max(mean, 1.0)).tolist()
        ]
    return found


def _finding(bench: DraftBench, layer: Layer, draft: DraftLayer, broken: BrokenRule) -> Finding:
    return Finding(
        layer=layer,
        rule=broken.rule,
        is_hard=broken.rule in HARD_RULES,
        words=word_violation(broken, draft.grids.names, bench.survey.units.ids),
        grid_id=draft.grids.grid_ids[broken.grid] if broken.grid >= 0 else None,
        unit=broken.unit if broken.unit >= 0 else None,
        measure=broken.measure or None,
    )


def shorten(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Give one sentence per finding, and one for many units with the same fault."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule if finding.grid_id is None else finding.words, []).append(finding)
    words: list[str] = []
    for same in by_rule.values():
        if len(same) > _ALL_AT_ONCE and same[0].rule == "unassigned":
            words.append(f"{len(same):,} units lie in no grid")
        else:
            words.extend(finding.words for finding in same)
    return tuple(words)
