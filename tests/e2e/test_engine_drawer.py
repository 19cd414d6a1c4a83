"""The engine's proposal: made on a copy, drawn as a difference, accepted as one step or thrown away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import plans
from tests.api.conftest import Served
from tests.e2e.editor_page import Editor, editing
from tests.e2e.engine_worker import work_off
from tests.gridsvc.usecases.test_take_design import learn


def ask_engine(editor: Editor, name: str) -> None:
    editor.page.click("#side-engine")
    with editor.page.expect_response(lambda response: response.url.endswith(f":{name}") and response.status == 202):
        editor.page.click(f"[data-engine={name}]")


def test_a_proposal_is_shown_rejected_accepted_and_taken_back(
    browser: Browser, served: Served, pool: EnginePool
) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        before = editor.model("[...m.gridOfUnit]")
        for is_accepted in (False, True):
            ask_engine(editor, "design")
            work_off(served, pool)
            page.wait_for_selector("#engine-accept")
            n_moved = editor.model("state.preview.moves.size")
            assert isinstance(n_moved, int)
            assert n_moved > 0
            assert editor.model("[...m.gridOfUnit]") == before
            page.click("#engine-accept" if is_accepted else "#engine-reject")
            changed = editor.model("[...m.gridOfUnit].filter((grid, unit) => grid !== a[unit]).length", before)
            assert changed == (n_moved if is_accepted else 0)
        deviation = editor.model("Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))")
        assert isinstance(deviation, float)
        assert deviation < 0.241
        page.locator("#map").focus()
        page.keyboard.press("Control+z")
        assert editor.model("[...m.gridOfUnit]") == before
        page.goto(f"{served.address}/plans")
        page.wait_for_selector("body[data-painted]")
        assert page.locator(".plan h2", has_text="Proposal").count() == 0


def test_an_accepted_proposal_brings_the_travel_and_the_certificate_of_its_copy(
    browser: Browser, served: Served, pool: EnginePool
) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        tabled = editor.model("m.bench.minutes")
        ask_engine(editor, "design")
        work_off(served, pool)
        page.wait_for_selector("#engine-accept")
        with served.service.store.transaction(served.seeded.adcode) as tx:
            copy = max(plans.all_plans(tx), key=lambda plan: plan.created_at)
        assert copy.plan_id != editor.plan_id
        learn(served.service.store, served.seeded.adcode, copy.plan_id, Layer(editor.layer))
        with page.expect_response(lambda response: "/bench" in response.url) as counted:
            page.click("#engine-accept")
        learnt = counted.value.json()["minutes"]
        assert learnt != tabled
        expect(page.locator("#saved")).to_contain_text(re.compile("Saved at"))
        assert editor.model("m.bench.minutes") == learnt
        drawn = editor.draft()["grids"]
        shown = editor.model("[...m.minutes]")
        assert shown == pytest.approx([grid["load_min_per_day"] for grid in drawn], abs=0.05)
        with served.as_key(AccountRole.PLANNER) as client:
            judged = client.get(f"/v1/plans/{editor.plan_id}/certificate").json()["verdict"]
        assert f"{editor.layer}: grids as certified" in judged["words"]
        assert editor.watched.is_clean(served.address)


def test_a_proposal_ends_when_somebody_else_splits_a_cell(browser: Browser, served: Served, pool: EnginePool) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        ask_engine(editor, "design")
        work_off(served, pool)
        page.wait_for_selector("#engine-accept")
        with served.as_key(AccountRole.ADMIN) as admin:
            body, seen = {"units": [0]}, {"If-Match": f'"{editor.draft()["revision"]}"'}
            admin.post(f"/v1/plans/{editor.plan_id}/draft:split", json=body, headers=seen).raise_for_status()
        editor.model("(await import('/static/js/planner/saver.js')).readAgain(() => true)")
        expect(page.locator("#pane-engine")).to_contain_text("Cells were split meanwhile")
        assert editor.model("state.preview") is None  # its rows named other units
        assert editor.watched.is_clean(served.address)


def test_a_search_can_be_cancelled(browser: Browser, served: Served, pool: EnginePool) -> None:
    with editing(browser, served) as editor:
        before = editor.model("[...m.gridOfUnit]")
        ask_engine(editor, "spend")
        with editor.page.expect_response(lambda response: response.url.endswith(":cancel")):
            editor.page.click("#engine-cancel")
        work_off(served, pool)
        expect(editor.page.locator("#pane-engine")).to_contain_text("Cancelled. Nothing changed.")
        assert editor.model("[...m.gridOfUnit]") == before


def test_a_layer_can_be_made_compact_along_ways(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        page.click("#side-engine")
        rules = page.locator("#pane-engine .rules")
        expect(rules).to_contain_text("compact along straight lines")
        page.click("#change-rules")
        page.select_option("#rule-distance", "barrier")
        page.click("#rules-go")
        expect(rules).to_contain_text("compact along ways around barriers")
        assert editor.draft()["rules"]["distance"] == "barrier"
        page.click("#change-rules")
        page.select_option("#rule-distance", "street")
        page.click("#rules-go")
        expect(rules).to_contain_text("compact along times on the streets")
        assert editor.draft()["rules"]["distance"] == "street"


def test_a_layer_can_keep_minutes_shops_and_cartons_at_once(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        page.click("#side-engine")
        rules = page.locator("#pane-engine .rules")
        expect(rules).to_contain_text("number within")
        for share, kept, words in (("40", 0.4, "cartons within ±40%"), ("", None, "number within")):
            page.click("#change-rules")
            page.fill("#rule-cartons", share)
            page.click("#rules-go")
            expect(rules).to_contain_text(words)
            assert editor.draft()["rules"]["carton_tolerance"] == kept
