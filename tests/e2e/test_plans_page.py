"""The page of plans, the comparison and the sheets: from a draft to a publication by clicks."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.e2e.conftest import open_page, sign_in
from tests.e2e.editor_page import editing, new_draft


def card(page: Page, plan_id: str) -> str:
    page.wait_for_selector(f"[data-plan='{plan_id}'] .plan-figures:not([aria-busy])")
    return f"[data-plan='{plan_id}']"


def test_a_plan_goes_from_the_first_click_to_publication_and_back(browser: Browser, served: Served) -> None:
    context, known = open_page(browser, language="en")
    sign_in(known, served, "admin")
    page = known.page
    page.click("nav.pages a[href='/plans']")
    page.click("#new-plan")
    page.fill("#title", "Spring redraw")
    page.locator("fieldset input[value=delivery]").uncheck()
    page.click("#create")
    page.wait_for_url("**/edit")
    page.wait_for_selector("body[data-painted]")
    plan_id = page.url.split("/plans/")[1].split("/")[0]
    page.click("#finish")
    page.click(f"{card(page, plan_id)} [data-act=submit]")
    page.fill("#words", "please look")
    page.click("#go")
    expect(page.locator("#notice")).to_have_text("Submitted. It waits for approval.")
    page.click(f"{card(page, plan_id)} [data-act=approve]")
    page.click("#go")
    page.click(f"{card(page, plan_id)} [data-act=publish]")
    expect(page.locator("#publish-form")).to_contain_text("No rule is broken.")
    expect(page.locator("#told summary")).to_have_text("0 people will be told; 0 shops change hands.")
    assert page.locator("#reason").get_attribute("required") is not None
    page.fill("#reason", "as it is today")
    page.click("#publish-go")
    expect(page.locator("#notice")).to_contain_text("Published: generation 2, 0 shops changed hands.")
    expect(page.locator(f"[data-plan='{plan_id}']")).to_have_attribute("data-state", "published")
    page.click(f"{card(page, plan_id)} [data-act=rollback]")
    page.click("#go")
    expect(page.locator("#notice")).to_have_text("A draft with the earlier owners was made.")
    assert known.is_clean(served.address)
    context.close()


def test_a_plan_in_pieces_cannot_be_published_and_says_why(browser: Browser, served: Served) -> None:
    with editing(browser, served, user="admin") as editor:
        page = editor.page
        inner = editor.model("m.bench && [...m.gridOfUnit.keys()].find((u) => m.gridOfUnit[u] === 3"
                             " && m.disc(u, 2).every((v) => m.gridOfUnit[v] === 3))")  # fmt: skip
        assert isinstance(inner, int)
        editor.give_to_first(inner)
        editor.save()
        page.click("#side-check")
        expect(page.locator(".findings.bad")).to_contain_text("lies in 2 pieces")
        warnings = page.locator(".findings:not(.bad) .finding").all_inner_texts()
        assert warnings
        assert len(warnings) == len(set(warnings))  # a grid that is uneven in minutes and in shops is named for each
        page.locator(".findings.bad .finding").first.click()
        page.click("#finish")
        page.click(f"{card(page, editor.plan_id)} [data-act=submit]")
        page.click("#go")
        page.click(f"{card(page, editor.plan_id)} [data-act=approve]")
        page.click("#go")
        page.click(f"{card(page, editor.plan_id)} [data-act=publish]")
        expect(page.locator(".check.bad")).to_contain_text("Mend them in the editor first")
        assert page.locator("#publish-go").is_disabled()


def test_two_planners_on_the_same_units_choose_whose_stay(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        unit = editor.border_unit(1, 0)
        with served.as_key(AccountRole.ADMIN) as other:
            draft = editor.draft()
            grids = draft["grids"]
            assert isinstance(grids, list)
            edit = {"kind": "move_units", "units": [unit], "to": grids[2]["grid_id"]}
            answer = other.patch(
                f"/v1/plans/{editor.plan_id}/draft",
                json={"layer": "inspection", "edits": [edit], "step": "mine"},
                headers={"If-Match": '"' + str(draft["revision"]) + '"'},
            )
            assert answer.status_code == 200, answer.text
        page = editor.page
        editor.give_to_first(unit)
        page.keyboard.press("Control+s")
        expect(page.locator("dialog")).to_contain_text("admin changed 1 of these units")
        page.click("#keep-mine")
        expect(page.locator("#saved")).to_contain_text("Saved at")
        kept = editor.draft()["grid_of_unit"]
        assert isinstance(kept, list)
        assert kept[unit] == 0


def test_a_roster_with_changed_owners_becomes_a_draft(browser: Browser, served: Served, tmp_path: Path) -> None:
    context, known = open_page(browser, language="en")
    sign_in(known, served, "planner")
    page = known.page
    page.goto(f"{served.address}/plans")
    page.click("#new-plan")
    page.click("label:has(input[value=sheet])")
    with page.expect_download() as waiting:
        page.click("a[href='/v1/roster.xlsx']")
    path = tmp_path / "roster.xlsx"
    waiting.value.save_as(path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = [str(cell.value) for cell in sheet[1]]
    column = 1 + next(at for at, head in enumerate(heads) if "inspection" in head.lower() and "code" in head.lower())
    changed = sheet.cell(row=2, column=column)
    changed.value = "I02" if changed.value != "I02" else "I03"
    book.save(path)
    page.set_input_files("#sheet-file", path)
    page.click("#create")
    page.wait_for_url("**/edit")
    page.wait_for_selector("body[data-painted]")
    expect(page.locator("#figure-churn strong")).to_have_text("1")
    context.close()


def test_the_comparison_hatches_what_moved_and_lists_the_handover(browser: Browser, served: Served) -> None:
    first, second = new_draft(served, title="As it is"), new_draft(served, title="One unit moved")
    with editing(browser, served, plan_id=second) as editor:
        unit = editor.border_unit(1, 0)
        editor.page.locator("tr[data-row='0'] button.row").click()
        editor.click(unit)
        editor.save()
        page = editor.page
        moved = editor.model("m.nMoved")
        page.goto(f"{served.address}/plans/compare?plan={first}&plan={second}")
        page.wait_for_selector("body[data-painted]")
        sizes = page.locator(".compare-map canvas").evaluate_all(
            "all => all.map((one) => one.style.width).filter(Boolean)"  # what has nothing to show has no size
        )
        assert len(sizes) >= 4
        assert len(set(sizes)) == 1  # every map has the size of its box beside the others
        row = page.locator(".compare-table tr", has_text="Shops changing hands").locator("td")
        assert row.all_inner_texts() == ["0", str(moved)]
        with page.expect_download() as waiting:
            page.click("#csv")
        text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
        assert len(list(csv.DictReader(io.StringIO(text)))) == moved
        page.click("#sheets")
        page.wait_for_selector("body[data-painted]")
        assert page.locator(".sheet-page").count() == 5
        assert page.locator(".sheet-page h3").first.inner_text() == f"Gained ({moved})"
