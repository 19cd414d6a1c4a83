"""Narrow what one request can read and write to what its caller reaches."""

from __future__ import annotations

from gridsvc.domain.permissions import Reach
from gridsvc.storage import narrow_to


def narrow_reach(reach: Reach | None) -> None:
    """Tell the database, in every transaction of this request from now on, who calls and how far the action goes.

    Row-level security then keeps other people's records away, whatever a use-case asks for: the second wall behind the
    use-cases' own checks. None: the service itself, which is not narrowed.
    """
    narrow_to(reach)
