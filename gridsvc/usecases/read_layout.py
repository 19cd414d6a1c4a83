"""Read the licence plan as it stands."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.layout import Application, LayoutState
from gridsvc.storage import Store, districts, layout
from gridsvc.storage.layout import CellRow
from gridsvc.usecases.survey_layout import survey_layout


def read_layout(store: Store, *, adcode: Adcode) -> LayoutState:
    """Give planned, actual, remaining and queue of every cell. Raises `NotFound` for an unknown district."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return survey_layout(tx).state()


def read_layout_outlines(store: Store, *, adcode: Adcode) -> list[CellRow]:
    """Give the cells with their outlines, for drawing."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return layout.cells(tx)


def list_applications(store: Store, *, adcode: Adcode, state: str | None = "queued") -> list[Application]:
    """Give the applications of a state (None: all), the earliest first."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return layout.applications(tx, state=state)
