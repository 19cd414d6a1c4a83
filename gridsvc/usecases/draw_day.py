"""Draw one person's day on the district's streets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gridsvc.clock import Clock, today
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.maps.day_drawing import Export, day_drawing
from gridsvc.maps.report_words import LANGUAGES
from gridsvc.storage import Store, audit, districts, streets
from gridsvc.usecases.read_day import read_day
from gridsvc.usecases.write_page import write_page


def draw_day(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    staff_code: str,
    day: date,
    out: Path,
    language: str = "zh",
    approval_number: str = "",
) -> int:
    """Write the day as an SVG picture (streets, way, office, stops in their order) and give its size in bytes.

    A picture travels: sealed duties are never in it, and an inspector's stops have neither order nor way. It bears who
    exported it when and, where one is required, the map's approval number, as every exported map. The drawing is
    audited. Raises `NotFound` as `read_day` does, `BadInput` for an unknown language and for a file that cannot be
    written.
    """
    if language not in LANGUAGES:
        raise BadInput(f"unknown language {language}; the languages are {', '.join(LANGUAGES)}")
    found = read_day(store, clock, adcode=adcode, staff_code_or_id=staff_code, day=day).without_sealed()
    with store.transaction(adcode) as tx:
        known = streets.columns(tx)
        exported_on = today(clock, districts.find(tx).time_zone).isoformat()
        content = {"staff": found.staff.staff_code, "day": day.isoformat()}
        audit.add(tx, clock, actor=actor, action="draw_day", subject=found.staff.staff_id, content=content)
    export = Export(user=actor, day=exported_on, approval_number=approval_number)
    return write_page(out, day_drawing(found, known.lines() if known is not None else [], export, language))
