"""Generations: which plan version answers for which layer from when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.domain.ids import PlanId, PlanVersionId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import district, generation, generation_layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One publication; generation 0 has no plan: it is the imported present owners."""

    number: int
    plan_id: PlanId | None
    published_by: str
    published_at: datetime
    effective_from: datetime
    faults: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInForce:
    """The plan version that answers for a layer."""

    plan_version_id: PlanVersionId
    unit_set_id: UnitSetId


def insert(tx: Transaction, new: Generation, layers: dict[Layer, VersionInForce]) -> None:
    """Write a generation with the version of every layer it answers for, and make it the district's newest."""
    tx.execute(
        generation.insert().values(
            adcode=tx.adcode,
            generation=new.number,
            plan_id=new.plan_id,
            published_by=new.published_by,
            published_at=new.published_at,
            effective_from=new.effective_from,
            faults=new.faults,
        )
    )
    for layer, version in layers.items():
        tx.execute(
            generation_layer.insert().values(
                adcode=tx.adcode,
                generation=new.number,
                layer=layer,
                plan_version_id=version.plan_version_id,
                unit_set_id=version.unit_set_id,
            )
        )
    tx.execute(district.update().where(district.c.adcode == tx.adcode).values(generation=new.number))


def all_generations(tx: Transaction) -> list[Generation]:
    """List the generations, oldest first."""
    rows = tx.execute(sa.select(generation).where(generation.c.adcode == tx.adcode).order_by(generation.c.generation))
    return [
        Generation(
            number=row.generation,
            plan_id=PlanId(row.plan_id) if row.plan_id else None,
            published_by=row.published_by,
            published_at=row.published_at,
            effective_from=row.effective_from,
            faults=row.faults,
        )
        for row in rows
    ]


def current(tx: Transaction, instant: datetime) -> Generation | None:
    """Give the generation in force at `instant`: the newest that is effective by then; None before generation 0."""
    return newest_effective(all_generations(tx), instant)


def newest_effective(published: Sequence[Generation], instant: datetime) -> Generation | None:
    """Give the newest of `published`, oldest first, that is effective by `instant`."""
    effective = [g for g in published if g.effective_from <= instant]
    return effective[-1] if effective else None


def versions_in_force(tx: Transaction, instant: datetime) -> dict[Layer, VersionInForce]:
    """Give the plan version per layer at `instant`; a layer without one is answered by generation 0 only."""
    now = current(tx, instant)
    return {} if now is None else versions_of(tx, now.number)


def versions_of(tx: Transaction, number: int) -> dict[Layer, VersionInForce]:
    """Give the plan version per layer of a generation; a layer without one is answered by generation 0 only."""
    c = generation_layer.c
    rows = tx.execute(sa.select(generation_layer).where(c.adcode == tx.adcode, c.generation == number))
    return {
        Layer(row.layer): VersionInForce(
            plan_version_id=PlanVersionId(row.plan_version_id), unit_set_id=UnitSetId(row.unit_set_id)
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpan:
    """The version that answers for a layer, since when, and until when at the latest; None = until further notice."""

    version: VersionInForce
    valid_from: datetime
    valid_to: datetime | None


def layer_spans(
    tx: Transaction, instant: datetime, published: Sequence[Generation] | None = None
) -> dict[Layer, LayerSpan]:
    """Give per layer the version in force at `instant` and from when to when it is, as far as is scheduled now.

    `published` are all generations where the caller knows them already.
    """
    published = all_generations(tx) if published is None else published
    rows = tx.execute(sa.select(generation_layer).where(generation_layer.c.adcode == tx.adcode))
    version_of = {
        (row.generation, Layer(row.layer)): VersionInForce(
            plan_version_id=PlanVersionId(row.plan_version_id), unit_set_id=UnitSetId(row.unit_set_id)
        )
        for row in rows
    }
    effective = [g for g in published if g.effective_from <= instant]
    coming = [g for g in published if g.effective_from > instant]
    spans = {}
    for layer in Layer:
        version = version_of.get((effective[-1].number, layer)) if effective else None
        if version is None:
            continue
        since = effective[-1].effective_from
        for earlier in reversed(effective):
            if version_of.get((earlier.number, layer)) != version:
                break
            since = earlier.effective_from
        ends = (g.effective_from for g in coming if version_of.get((g.number, layer)) != version)
        spans[layer] = LayerSpan(version=version, valid_from=since, valid_to=next(ends, None))
    return spans
