"""Whatever the judge of a plan says is said in Chinese to whoever reads Chinese."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser

from gridsvc.domain.drafts import UnitRule
from gridsvc.domain.layers import Layer
from gridsvc.storage import plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_draft import measure_draft
from tests.api.conftest import Served
from tests.e2e.editor_page import editing

SAY = """async ([found, steps, reasons]) => {
  const { sentence } = await import('/static/js/planner/sentences.js');
  const { stepWords } = await import('/static/js/job.js');
  const { reasonWords } = await import('/static/js/reasons.js');
  return [...found.map(sentence), ...steps.map(stepWords), ...reasons.map(reasonWords)];
}"""
OF_THE_ENGINE = [  # what drafts of the service cannot break, but the judge can say
    "The staff base of grid I01 is unit 892a1072b5bffff, which lies in grid I02.",
    "The units of group 3 must stay together but lie in grids 1, 2.",
    "I01 lies in jurisdictions 1, 2; it may lie in one only.",
    "I02 is locked but 3 units joined or left it, the first is unit 892a1072b5bffff.",
    "I03 is 12 cartons outside its tolerance",
    "12 leave their present grid, 3 over the budget of 9.",
    "D05 owns shops but is not in service today",
]
STEPS = [  # what the worker says while it is at something
    "started",
    "round 2, 1,200 iterations",
    "round 1, 3 of 7",
    "looking for the fewest moves",
    "Retailers locating 12 shops without coordinates",
    "Demand",
    "Better grids round 2, 1,200 iterations",
    "reading the file",
    "comparing the positions with their addresses",
    "judging 400 points",
    "looking up address 3 of 12",
    "done",
]
REASONS = [  # why the worker ended a job; the last one nobody has put into words yet
    "the process of the solve died; is the machine short of memory?",
    "the solve was cancelled",
    "the solve was cancelled and did not end by itself within 10 s",
    "the solve went over its limit of 600 s and was ended",
    "cancelled before a plan that keeps every rule was found; the draft stays as it is",
    "cancelled; nothing was written",
    "plan 冬季 was changed while the search ran; start it again from what is there now",
    "plan 冬季 is published and can no longer be edited; duplicate it, or have it returned",
    "marketing: what was found moves 31 shops, 1 over the budget of 30; the draft stays as it is. Raise the budget",
    "the draft cannot be searched\n  - the plan has no delivery layer",
    "the draft cannot be searched\n  - marketing: the draft has no grids yet; add some",
    "the first planning was cancelled; its grids are kept as a draft",
    "no cycle that holds 2026-11-24 is planned yet; `cycle plan` plans one",
    "the district has no basic units yet; make them with `units make`",
]
UNKNOWN = "something new went wrong"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_is_said_in_the_readers_language(browser: Browser, served: Served, language: str) -> None:
    with editing(browser, served, language=language) as editor:
        with served.service.store.transaction(served.seeded.adcode) as tx:
            plan = plans.find(tx, editor.plan_id)
            bench = DraftBoard().bench(tx, served.clock, plan.unit_set_id)
            draft = read_draft_layer(tx, plan, Layer.INSPECTION, bench.n_units)
        grid_of_unit = np.where(draft.grids.grid_of_unit == 3, 0, draft.grids.grid_of_unit)
        grid_of_unit[grid_of_unit == 2] = np.arange((grid_of_unit == 2).sum()) % 2 + 1
        grid_of_unit[:2] = -1
        home = draft.grids.grid_ids[4]
        rules = replace(
            draft.rules, tolerance=0.0, count_tolerance=0.0, churn_budget=1, pins=(UnitRule(unit=5, grid_id=home),),
            forbidden=(UnitRule(unit=6, grid_id=draft.grids.grid_ids[int(grid_of_unit[6])]),),
        )  # fmt: skip
        grids = replace(draft.grids, grid_of_unit=grid_of_unit, staff_ids=(None, *draft.grids.staff_ids[1:]))
        found = measure_draft(bench, Layer.INSPECTION, replace(draft, grids=grids, rules=rules)).findings
        kinds = {one.rule for one in found}
        assert {
            "unassigned",
            "empty_grid",
            "broken_grid",
            "load",
            "pin",
            "forbidden",
            "churn_budget",
            "vacancy",
        } <= kinds
        said = editor.page.evaluate(SAY, [[*(one.words for one in found), *OF_THE_ENGINE], STEPS, [*REASONS, UNKNOWN]])
        unknown = said.pop()
        assert unknown.endswith(UNKNOWN)
        assert (unknown == UNKNOWN) == (language == "en")
        if language == "zh":
            foreign = [words for words in said if re.search(r"[a-z]{3,}", re.sub(r"8[0-9a-f]{14}", "", words))]
            assert foreign == []
        else:
            assert all("{" not in words and words for words in said)
