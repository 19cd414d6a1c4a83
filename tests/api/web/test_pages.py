"""Pages ask for their modules at once, and there are few bytes of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from api.web.pages import FOLDER, modules_of

SCRIPTS = FOLDER / "static" / "js"
MOST_BYTES = 90_000  # of the planner's modules, gzip, Leaflet not counted


def file_of(address: str) -> Path:
    return SCRIPTS / address.removeprefix("/static/js/")


@pytest.mark.parametrize(
    "entry", ["planner/editor.js", "planner/plans.js", "main.js", "data.js", "board.js", "today.js"]
)
def test_a_page_lists_the_modules_that_its_script_needs(entry: str) -> None:
    listed = modules_of(entry)
    assert listed[0] == f"/static/js/{entry}"
    assert len(set(listed)) == len(listed)
    for address in listed:
        text = file_of(address).read_text(encoding="utf-8")
        named = {
            (file_of(address).parent / line.split("from '")[1].split("'")[0]).resolve()
            for line in text.splitlines()
            if line.startswith("import ") and " from './" in line.replace("'../", "'./")
        }
        assert named <= {file_of(other).resolve() for other in listed}


def test_the_planners_modules_are_small() -> None:
    sizes = [len(gzip.compress(file_of(address).read_bytes(), 6)) for address in modules_of("planner/editor.js")]
    assert sum(sizes) <= MOST_BYTES
