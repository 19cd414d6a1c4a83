"""What an import says of itself: what came in, what did not and why, and what differs from before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gridsvc.domain.findings import RANK_OF


class Severity(StrEnum):
    """Rejected rows stay out until they are corrected; suspicious ones come in; faults are of the district itself."""

    REJECTED = "rejected"
    SUSPICIOUS = "suspicious"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFinding:
    """One thing said about one row.

    Parameters
    ----------
    row_no : number of the row in the file; None for the file or the district as a whole
    code : stable snake_case name of the kind of finding
    column : column concerned, empty for the row as a whole
    words : the sentence shown to people
    subject : code of the record concerned, empty where the row has none
    proposed : WGS-84 lon, lat of a better point, None where none is known
    evidence : measures behind the words
    """

    row_no: int | None
    severity: Severity
    code: str
    words: str
    column: str = ""
    subject: str = ""
    proposed: tuple[float, float] | None = None
    evidence: Mapping[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in RANK_OF:
            raise ValueError(f"{self.code} is no kind of finding that gridsvc.domain.findings knows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A sentence about how a file was understood, or what follows from it, as it is kept and sent.

    Parameters
    ----------
    code : stable snake_case name of the kind of sentence, empty where it has none
    words : the sentence
    evidence : measures behind the words
    """

    code: str
    words: str
    evidence: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One value that differs from the stored one, both as text."""

    subject: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of one import; the counts are rows of the file.

    Parameters
    ----------
    n_new, n_changed, n_unchanged : the accepted rows, by what they mean for the district
    n_removed : stored records that the file no longer has, where the file stands for the whole (streets, barriers)
    findings : every rejected and every suspicious row with its reason, ordered by row
    changes : which fields of which records differ from before
    notes : sentences about how the file was understood and what follows from it
    """

    kind: str
    file_name: str
    n_rows: int
    n_new: int
    n_changed: int
    n_unchanged: int
    n_removed: int = 0
    findings: tuple[RowFinding, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    notes: tuple[str, ...] = ()
    is_dry_run: bool = False
    is_synthetic: bool = False

    @property
    def n_accepted(self) -> int:
        """Rows taken in."""
        return self.n_new + self.n_changed + self.n_unchanged

    @property
    def n_rejected(self) -> int:
        """Rows kept out: every row of the file is accepted or rejected."""
        return self.n_rows - self.n_accepted

    @property
    def n_suspicious(self) -> int:
        """Rows taken in that somebody should look at."""
        return len({f.row_no for f in self.findings if f.severity is Severity.SUSPICIOUS and f.row_no is not None})

    @property
    def changes_nothing(self) -> bool:
        """Whether the district is as it was."""
        return not self.n_new and not self.n_changed and not self.n_removed

    def counts(self) -> dict[str, int]:
        """Give the counts by name, as they are stored with the run."""
        return {
            "rows": self.n_rows, "accepted": self.n_accepted, "new": self.n_new, "changed": self.n_changed,
            "unchanged": self.n_unchanged, "removed": self.n_removed, "rejected": self.n_rejected,
            "suspicious": self.n_suspicious,
        }  # fmt: skip
