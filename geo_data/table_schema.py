"""What can be said of a table that comes in: its columns, their kinds, units and rules, and the shape of its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """Says how the text of a column is read."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"


class Shape(Enum):
    """Says which geometry a table's rows carry."""

    NONE = "none"
    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Describes one column of an incoming table.

    Parameters
    ----------
    name : the column's name in the service
    kind : how its text is read; a date is YYYY-MM-DD, a time HH:MM, a code keeps its leading zeros
    meaning : one sentence for the documentation
    required : a row without it is rejected
    unit : unit of a number, empty for none
    allowed : the only values taken, empty for any
    synonyms : other spelling -> allowed value, compared without case
    minimum, maximum : inclusive range of a number
    pattern : regular expression that the whole text has to match
    max_length : most characters of a text
    example : a value as it stands in a file
    aliases : other headings, English and Chinese, compared without case, spaces and underscores
    """

    name: str
    kind: Kind
    meaning: str
    example: str
    required: bool = False
    unit: str = ""
    allowed: tuple[str, ...] = ()
    synonyms: dict[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    max_length: int = 200
    aliases: tuple[str, ...] = ()

    def headings(self) -> set[str]:
        """Return every heading that means this column, normalised."""
        return {normalise_heading(name) for name in (self.name, *self.aliases)}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """Describes one incoming table.

    Parameters
    ----------
    name : as in `import NAME`
    meaning : what one row is
    columns : in the order of the documentation and of exports
    shape : geometry of a row; points may also come as `lon` and `lat`, lines as `wkt`
    one_of : groups of columns of which a row needs at least one
    unique : groups of columns whose values, taken together, occur once in a file; a group with a blank is not judged
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    shape: Shape = Shape.NONE
    one_of: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def normalise_heading(heading: str) -> str:
    """Return a heading without case, blanks, underscores, hyphens and full-width forms."""
    return re.sub(r"[\s_\-.:：*（）()]+", "", heading).casefold()
