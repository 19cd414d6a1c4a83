"""A district's own tables of work: what a file states in place of the defaults, judged whole, and told again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import CYCLE_DAYS, OrderCycle, RiskStep, UrbanForm, Workload

TIERS = ("A", "B", "C")
STARS = (1, 2, 3, 4, 5)
MOST_STOPS = CYCLE_DAYS
MOST_MINUTES = 480.0
Tables = Mapping[str, Any]


def tables_of(workload: Workload) -> dict[str, Any]:
    """Give the tables as plain values, as a file states them; `workload_of` of them gives the same workload."""
    return {
        "visits_per_cycle": dict(workload.visits_per_cycle),
        "inspections_per_cycle": {str(star): n for star, n in workload.inspections_per_cycle.items()},
        "risk": [
            {"from": step.from_risk, "inspections": step.inspections, "enforcement": step.enforcement}
            for step in workload.risk_steps
        ],
        "deliveries_per_cycle": {cycle.value: n for cycle, n in workload.deliveries_per_cycle.items()},
        "service_min": {
            layer.value: {
                tier: {form.value: minutes for form, minutes in forms.items()} for tier, forms in of_tier.items()
            }
            for layer, of_tier in workload.service_table.items()
        },
        "travel_min": {form.value: minutes for form, minutes in workload.travel_min.items()},
        "delivery_travel_share": workload.delivery_travel_share,
        "enforcement_min": workload.enforcement_min,
        "enforcement_crew": workload.enforcement_crew,
    }


def workload_of(told: Tables) -> Workload:
    """Give the defaults with what is told in their place; an empty table gives the defaults.

    Raises `BadInput` with every fault: an unknown name, a value that is none, or one that no plan could keep.
    """
    judge = _Judge()
    found = judge.workload(told)
    if judge.faults:
        raise BadInput("the workload tables cannot be used", violations=tuple(judge.faults))
    if not told:
        return found
    stated = json.dumps(told, sort_keys=True, default=str)
    return replace(found, version=f"district-{hashlib.sha256(stated.encode()).hexdigest()[:8]}")


class _Judge:
    """Reads a table after the other and collects what is wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def workload(self, told: Tables) -> Workload:
        plain = Workload()
        known = set(tables_of(plain))
        self._unknown("", told, known)
        tiers, forms = dict.fromkeys(TIERS), {form.value: form for form in UrbanForm}
        service = self._table(told, "service_min")
        self._unknown("service_min.", service, {layer.value for layer in Layer})
        table: dict[Layer, dict[str, dict[UrbanForm, float]]] = {}
        for layer in Layer:
            of_tier = self._table(service, layer.value, "service_min.")
            self._unknown(f"service_min.{layer}.", of_tier, set(TIERS))
            table[layer] = {
                tier: self._numbers(
                    of_tier, tier, f"service_min.{layer}.", forms, plain.service_table[layer][tier], self._minutes
                )
                for tier in tiers
            }
        return Workload(
            visits_per_cycle=self._numbers(
                told, "visits_per_cycle", "", {t: t for t in TIERS}, plain.visits_per_cycle, self._stops
            ),
            inspections_per_cycle=self._numbers(
                told, "inspections_per_cycle", "", {str(s): s for s in STARS}, plain.inspections_per_cycle, self._stops
            ),
            risk_steps=self._risk(told["risk"]) if "risk" in told else plain.risk_steps,
            deliveries_per_cycle=self._numbers(
                told, "deliveries_per_cycle", "", {c.value: c for c in OrderCycle}, plain.deliveries_per_cycle,
                self._stops,
            ),
            service_table=table,
            travel_min=self._numbers(told, "travel_min", "", forms, plain.travel_min, self._minutes),
            delivery_travel_share=self._number(
                told, "delivery_travel_share", plain.delivery_travel_share, 0.0, 1.0
            ),
            enforcement_min=self._number(told, "enforcement_min", plain.enforcement_min, 0.5, MOST_MINUTES),
            enforcement_crew=int(self._number(told, "enforcement_crew", plain.enforcement_crew, 1, 2, whole=True)),
        )  # fmt: skip

    def _unknown(self, where: str, told: Tables, known: set[str]) -> None:
        self.faults += [
            f"{where}{name}: unknown; known are {', '.join(sorted(known))}" for name in told if str(name) not in known
        ]

    def _table(self, told: Tables, name: str, where: str = "") -> Tables:
        found = told.get(name, {})
        if isinstance(found, Mapping):
            return found
        self.faults.append(f"{where}{name}: {found!r} is no table")
        return {}

    def _numbers(
        self,
        told: Tables,
        name: str,
        where: str,
        key_of: Mapping[str, Any],
        plain: Mapping[Any, Any],
        judge: Callable[[str, object], Any],
    ) -> dict[Any, Any]:
        """The default table with the numbers that are told."""
        stated = self._table(told, name, where)
        self._unknown(f"{where}{name}.", stated, set(key_of))
        found = dict(plain)
        for key, value in stated.items():
            if str(key) in key_of:
                found[key_of[str(key)]] = judge(f"{where}{name}.{key}", value)
        return found

    def _number(
        self, told: Tables, name: str, plain: float, least: float, most: float, *, whole: bool = False
    ) -> float:
        return self._within(name, told[name], least, most, whole=whole) if name in told else plain

    def _within(self, where: str, value: object, least: float, most: float, *, whole: bool) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and least <= float(value) <= most and (not whole or float(value).is_integer()):  # type: ignore[arg-type]
            return float(value)  # type: ignore[arg-type]
        kind = "a whole number" if whole else "a number"
        self.faults.append(f"{where}: {value!r} is not {kind} from {least:g} to {most:g}")
        return least

    def _minutes(self, where: str, value: object) -> float:
        return self._within(where, value, 0.5, MOST_MINUTES, whole=False)

    def _stops(self, where: str, value: object) -> int:
        return int(self._within(where, value, 0, MOST_STOPS, whole=True))

    def _risk(self, told: object) -> tuple[RiskStep, ...]:
        if not isinstance(told, list) or not all(isinstance(step, Mapping) for step in told):
            self.faults.append("risk: is no list of steps such as {from = 0.5, inspections = 2}")
            return ()
        steps = []
        for number, step in enumerate(told, start=1):
            where = f"risk, step {number}"
            self._unknown(f"{where}: ", step, {"from", "inspections", "enforcement"})
            if not isinstance(step.get("enforcement", False), bool):
                self.faults.append(f"{where}: enforcement is true or false")
            steps.append(
                RiskStep(
                    from_risk=self._within(f"{where}: from", step.get("from"), 0.0, 1.0, whole=False),
                    inspections=self._stops(f"{where}: inspections", step.get("inspections")),
                    enforcement=step.get("enforcement") is True,
                )
            )
        bounds = [step.from_risk for step in steps]
        if bounds != sorted(set(bounds)):
            self.faults.append("risk: each step begins at a higher risk than the one before")
        return tuple(steps)
