"""A batch that is killed goes on where it stopped: what was answered is not asked again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from geo_data.geocoding.gazetteer import Gazetteer, KnownPlaces
from geo_data.geocoding.kept_answers import KeptAnswers
from geo_data.geocoding.results import AddressQuery

N_ADDRESSES, AT_ONCE = 400, 20
QUERIES = [
    AddressQuery(text=text) for text in (f"中华路{k}号" if k % 3 else f"无名路{k}号" for k in range(N_ADDRESSES))
]
PLACES = KnownPlaces(
    addresses=[f"中华路{k}号" for k in range(0, N_ADDRESSES, 7)],
    lon=[106.7 + 1e-5 * k for k in range(0, N_ADDRESSES, 7)],
    lat=[26.6] * len(range(0, N_ADDRESSES, 7)),
)


def batch(path: Path) -> None:
    """Answer all queries piece by piece, telling after each how many were asked; run in a process of its own."""
    kept = KeptAnswers(Gazetteer(PLACES), path, "mark")
    for start in range(0, N_ADDRESSES, AT_ONCE):
        kept.geocode(QUERIES[start : start + AT_ONCE])
        sys.stdout.write(f"{kept.n_asked}\n")
        sys.stdout.flush()
        sys.stdin.readline()  # goes on when it is told to, so that the kill falls where the test wants it


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "answers.jsonl"
    code = f"from pathlib import Path; from {__name__} import batch; batch(Path({str(path)!r}))"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for n_pieces in range(1, 8):
            assert child.stdout.readline() == f"{n_pieces * AT_ONCE}\n"
            child.stdin.write("\n")
            child.stdin.flush()
        assert child.stdout.readline()  # the eighth piece is answered
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"key": "[\\"half a li')  # a line that the kill cut short
    kept = KeptAnswers(Gazetteer(PLACES), path, "mark")
    answers = kept.geocode(QUERIES)
    assert kept.n_asked == N_ADDRESSES - 8 * AT_ONCE
    fresh = Gazetteer(PLACES).geocode(QUERIES)
    assert [repr(answer) for answer in answers] == [repr(answer) for answer in fresh]
    assert {answer.is_located for answer in answers} == {True, False}
    again = KeptAnswers(Gazetteer(PLACES), path, "mark")
    again.geocode(QUERIES)
    assert again.n_asked == 0
    kept.forget()
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "no json\n", "[1]\n", '{"mark": "older"}\n{"key": "x", "answer": {}}\n'])
def test_answers_of_other_places_are_not_taken(tmp_path: Path, content: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(content, encoding="utf-8")
    kept = KeptAnswers(Gazetteer(PLACES), path, "mark")
    kept.geocode(QUERIES[:3])
    assert kept.n_asked == 3
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0]) == {"mark": "mark"}


def test_equal_questions_are_asked_once_and_others_apart(tmp_path: Path) -> None:
    kept = KeptAnswers(Gazetteer(PLACES), tmp_path / "answers.jsonl", "mark")
    same, other = AddressQuery(text="中华路9号"), AddressQuery(text="中华路9号", area_code="520103001")
    assert len(kept.geocode([same, same, other])) == 3
    assert kept.n_asked == 2
