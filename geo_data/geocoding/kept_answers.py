"""Keep the answers of a long batch in a file, so that a batch that was killed goes on where it stopped.

Answers hold for what the geocoder knew: the file begins with a mark of that, and with another mark it is begun anew.
Each answer is on disk before the next address is asked; a line that a killed process left unfinished is asked again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from geo_data.datums import Datum
from geo_data.geocoding.results import AddressQuery, Candidate, Geocoder, GeocodeResult, Precision


class KeptAnswers:
    """Asks a geocoder once for every address and keeps what it says.

    Parameters
    ----------
    geocoder : asked for what is not kept yet
    path : file of JSON lines; its folder is made
    mark : changes whenever the geocoder may answer otherwise
    """

    def __init__(self, geocoder: Geocoder, path: Path, mark: str) -> None:
        self._geocoder, self._path = geocoder, path
        self._kept = _read(path, mark)
        self.n_asked = 0
        if self._kept is None:
            self._kept = {}
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"mark": mark}) + "\n", encoding="utf-8")
        else:
            with path.open("a", encoding="utf-8") as stream:
                stream.write("\n")  # what follows must not stand on a line that a kill cut short

    @property
    def name(self) -> str:
        return self._geocoder.name

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return one result per query; what is new is written at once, as one piece."""
        assert self._kept is not None
        new = {_key(query): query for query in queries if _key(query) not in self._kept}
        answers = self._geocoder.geocode(list(new.values()))
        self.n_asked += len(new)
        lines = []
        for key, answer in zip(new, answers, strict=True):
            self._kept[key] = answer
            lines.append(json.dumps({"key": key, "answer": _plain(answer)}, ensure_ascii=False))
        if lines:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write("\n".join(lines) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        return [self._kept[_key(query)] for query in queries]

    def forget(self) -> None:
        """Remove the file: the batch is done, and its answers are written where they belong."""
        self._path.unlink(missing_ok=True)


def _key(query: AddressQuery) -> str:
    return json.dumps([query.text, query.area_code, query.name], ensure_ascii=False)


def _read(path: Path, mark: str) -> dict[str, GeocodeResult] | None:
    """Return what a file keeps, None where there is none of this mark."""
    if not path.exists():
        return None
    kept: dict[str, GeocodeResult] = {}
    with path.open(encoding="utf-8", errors="replace") as stream:
        first = _document(stream.readline())
        if first is None or first.get("mark") != mark:
            return None
        for line in stream:
            entry = _document(line)
            try:
                if entry is not None:
                    kept[str(entry["key"])] = _answer(entry["answer"])
            except (KeyError, TypeError, ValueError):
                continue
    return kept


def _document(line: str) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _plain(answer: GeocodeResult) -> dict[str, Any]:
    document = asdict(answer)
    document |= {"precision": answer.precision.value, "source_datum": answer.source_datum.value}
    document["candidates"] = [asdict(c) | {"precision": c.precision.value} for c in answer.candidates]
    return document


def _answer(document: dict[str, Any]) -> GeocodeResult:
    candidates = tuple(Candidate(**{**one, "precision": Precision(one["precision"])}) for one in document["candidates"])
    enums = {"precision": Precision(document["precision"]), "source_datum": Datum(document["source_datum"])}
    return GeocodeResult(**{**document, **enums, "candidates": candidates})
