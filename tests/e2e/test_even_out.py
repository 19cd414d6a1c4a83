"""A stroke that unbalances the layer is followed up by one button: cells around it move, what was drawn stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.e2e.editor_page import editing, new_draft
from tests.e2e.test_split import busiest, n_units, split, wait_for_units

_WORST = "Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))"


@pytest.mark.parametrize("by_key", [False, True])
def test_cells_around_a_stroke_follow_and_the_stroke_stays(browser: Browser, served: Served, by_key: bool) -> None:
    plan_id = new_draft(served)
    with served.as_key(AccountRole.PLANNER) as client:
        path = f"/v1/plans/{plan_id}/draft"
        edit = {"kind": "set_rules", "tolerance": 0.12, "count_tolerance": 0.3}
        body = {"layer": "inspection", "edits": [edit], "step": "rules"}
        seen = {"If-Match": f'"{client.get(path, params={"layer": "inspection"}).json()["revision"]}"'}
        client.patch(path, json=body, headers=seen).raise_for_status()
    with editing(browser, served, plan_id=plan_id) as editor:
        page = editor.page
        unit = editor.border_unit(1, 0)
        editor.give_to_first(unit)
        drawn = editor.model("[...m.gridOfUnit]")
        button = page.locator("#do-balance")
        expect(button).to_be_visible()
        if by_key:
            page.locator("#map").focus()
            page.keyboard.press("u")
        else:
            button.click()
        expect(page.locator("#toast")).to_contain_text("every grid is within ±12%")
        assert editor.model(_WORST) <= 0.12  # type: ignore[operator]
        assert editor.model("m.gridOfUnit[a]", unit) == 0
        expect(button).to_be_hidden()
        page.locator("#map").focus()
        page.keyboard.press("Control+z")
        assert editor.model("[...m.gridOfUnit]") == drawn  # one step, and the stroke before it is still there
        assert editor.watched.is_clean(served.address)


def test_what_was_drawn_before_a_split_names_other_units_and_is_not_kept(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        cell, n_before = busiest(editor), n_units(editor)
        # a unit whose row will name one of the first grid once seven cells stand for the busiest
        before = editor.model(
            "[...m.gridOfUnit.keys()].find((u) => u > a + 6 && m.gridOfUnit[u] && !m.gridOfUnit[u - 6])", cell
        )
        assert isinstance(before, int)
        editor.give_to_first(before)
        editor.save()
        split(editor, cell)
        wait_for_units(editor, n_before + 6)
        page.click("[data-tool=brush]")
        drawn = editor.border_unit(1, 0)
        editor.give_to_first(drawn)
        with page.expect_request(lambda request: request.url.endswith(":even-out")) as asked:
            page.locator("#do-balance").click()
        assert asked.value.post_data_json == {"layer": "inspection", "kept": [drawn]}
        expect(page.locator("#toast")).to_be_visible()
