"""Say what is wrong with a row, in a form that a list, a test and a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Severity(Enum):
    """Rejected rows stay out until they are corrected; suspicious ones come in and wait for a look."""

    REJECTED = "rejected"
    SUSPICIOUS = "suspicious"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Says one thing about one row.

    Parameters
    ----------
    row_number : number of the row in the file
    severity : whether the row is kept out by it
    code : stable snake_case name of the kind of fault
    column : schema column concerned, empty for the row as a whole
    words : the sentence shown to people, with the value concerned
    evidence : what the sentence speaks of, by name, for those who say it in another language
    """

    row_number: int
    code: str
    column: str
    words: str
    severity: Severity
    evidence: Mapping[str, float | str] = field(default_factory=dict)
