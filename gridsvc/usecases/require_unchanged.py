"""Refuse a change that was made on a version which is no longer the newest."""

from __future__ import annotations

from typing import Any

from gridsvc.domain.errors import Conflict
from gridsvc.domain.organisation import seen_version, version_of
from gridsvc.storage import Transaction, audit


def require_unchanged(tx: Transaction, record: Any, *, subject: str, if_match: str | None) -> None:
    """Raise `Conflict` with who changed the record and when, unless `if_match` names its version.

    Raises `VersionMissing` and `VersionUnknown` as `seen_version`.
    """
    if seen_version(if_match) == version_of(record):
        return
    last = audit.last_of(tx, subject)
    told = f"; {last.actor} changed it on {last.at:%Y-%m-%d %H:%M:%S} UTC" if last else ""
    raise Conflict(f"this is no longer what you saw{told}; read it again and repeat your change")
