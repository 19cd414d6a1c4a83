"""What can go wrong, as a small tree that the borders translate once (HTTP status, exit code, words)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class GridsvcError(Exception):
    """The request could not be carried out. Nothing was changed."""

    def __init__(self, detail: str | None = None, *, violations: tuple[str, ...] = ()) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.violations = violations
        super().__init__(self.detail)

    @property
    def members(self) -> Mapping[str, Any]:
        """What a machine reads of the error besides its words."""
        return {}

    def __str__(self) -> str:
        return "\n".join([self.detail, *(f"  - {violation}" for violation in self.violations)])


class NotFound(GridsvcError):
    """There is no such thing in this district. Check the identifier and the district's adcode."""


class Conflict(GridsvcError):
    """Somebody else changed this first. Read it again and repeat your change."""


class RuleBroken(GridsvcError):
    """The change breaks a rule of the district. Every broken rule is listed."""


class NotPermitted(GridsvcError):
    """Your role does not permit this action here. Ask an administrator of the district."""


class BadInput(GridsvcError):
    """The input cannot be used. Each fault is listed with its place; nothing was written."""


class Unavailable(GridsvcError):
    """A part that this needs does not answer now. Try again in a moment."""
