"""Departments, people, lines and accounts from the terminal: nothing is guessed, nobody is left out of a list."""

from __future__ import annotations

import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.storage import Store
from tests.fakes.small_district import build
from tests.gridsvc.cli.test_plans import Run, run  # noqa: F401
from tests.gridsvc.usecases.small_town import shops


@pytest.fixture(autouse=True, scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One district with shops and their owners, for every test of the module."""
    store = Store(database.app_url, pool_size=2)
    build(store, tmp_path_factory.mktemp("one"), shop_rows=shops(16))
    store.close()


def test_people_and_lines_are_changed_by_command(run: Run) -> None:  # noqa: F811
    assert run("organisation", "add", "市场三部", "--kind", "market_department", "--layer", "marketing")[0] == 0
    refused = run("organisation", "person", "M7", "--new", "--name", "新人")
    assert (refused[0], "role: a new member of staff needs one" in refused[2]) == (2, True)
    made = run("organisation", "person", "M7", "--new", "--name", "新人", "--role", "customer_manager")
    assert made[1].splitlines() == [
        "M7 新人, customer_manager, no department",
        "deputies: the owners of adjoining grids",
        "crew: by office and code",
    ]
    listed = run("organisation", "list")[1]
    assert "no department\n" in listed
    assert "  M7 新人, customer_manager\n" in listed.split("no department\n")[1]
    moved = run("organisation", "person", "M7", "--department", "市场三部", "--deputies", "M1,M2")
    assert (moved[0], "deputies: M1, M2" in moved[1]) == (0, True)
    assert (
        "市场三部 (market_department, marketing)\n  M7 新人, customer_manager; deputies M1, M2\n"
        in run("organisation", "list")[1]
    )

    name = "D1-old"
    two = run("line", "hand", name, "--to", "D2", "--layer", "delivery,marketing")
    assert (two[0], "--layer delivery,marketing is unknown" in two[2]) == (2, True)
    handed = run("line", "hand", name, "--to", "D2", "--layer", "delivery")
    assert (handed[0], "D2 works it in place of D1" in handed[1]) == (0, True)
    assert run("line", "hand", name, "--to", "D2", "--layer", "delivery")[0] == 2
    assert "D2" in next(row for row in run("line", "list", "--layer", "delivery")[1].splitlines() if name in row)

    assert run("account", "add", "li.si", "--role", "planner")[0] == 0
    assert "li.si  planner  since 2026-11-25  open\n" in run("account", "list")[1]


def test_commands_that_change_a_draft_take_the_newest_that_can_still_be_changed(run: Run) -> None:  # noqa: F811
    assert run("plan", "start", "--title", "First")[0] == 0
    assert run("plan", "publish", "--reason", "as it is today")[0] == 0
    older = run("plan", "start", "--title", "Older")[1].strip()
    newer = run("plan", "start", "--title", "Newer")[1].strip()
    assert run("plan", "publish", newer, "--reason", "as it is today")[0] == 0
    rebased = run("plan", "rebase")
    assert (rebased[0], "Older stands on generation 2 now" in rebased[1]) == (0, True), rebased[2]
    wrong = run("plan", "split", "--cell", "892a1072b5bffff")
    assert (wrong[0], "892a1072b5bffff is no unit of this draft" in wrong[2]) == (2, True)
    assert older in run("plan", "list")[1]
    for asked in (("metrics", older), ("explain", older), ("precheck", older), ("drift",)):
        foreign = run("plan", *asked, "--language", "fr")
        assert (foreign[0], "--language fr is unknown; it is one of en, zh" in foreign[2]) == (2, True)
