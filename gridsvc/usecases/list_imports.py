"""List what was taken in, newest first."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, imports
from gridsvc.storage.imports import PastImport

ImportRecord = PastImport


def list_imports(store: Store, *, adcode: Adcode, limit: int = 50) -> list[ImportRecord]:
    """Give the newest imports: file, kind, counts, who and when. Raises `NotFound` for an unknown district."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return imports.newest(tx, limit=limit)
