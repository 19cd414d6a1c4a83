"""Sentences about how data was understood, with what a reader of another language needs to have them said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self


class Note(str):
    """A sentence in English that is a plain string, and knows its kind and the measures in it.

    Parameters
    ----------
    words : the sentence
    code : stable snake_case name of the kind of sentence
    evidence : measures behind the words, by name: numbers as numbers, names as they are
    """

    __slots__ = ("code", "evidence")
    code: str
    evidence: Mapping[str, float | str]

    def __new__(cls, words: str, code: str, **evidence: float | str) -> Self:
        note = super().__new__(cls, words)
        note.code, note.evidence = code, evidence
        return note

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], Mapping[str, float | str]]:
        """Let copies and pickles keep the kind."""
        return (str(self), self.code), self.evidence


def note_document(note: str) -> dict[str, Any]:
    """Give a sentence as it is kept and sent: words, and code and evidence where it has them."""
    if isinstance(note, Note):
        return {"code": note.code, "words": str(note), "evidence": dict(note.evidence)}
    return {"code": "", "words": note, "evidence": {}}
