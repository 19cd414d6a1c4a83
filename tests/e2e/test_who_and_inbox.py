"""From spoken words to the right person, and from the person back to whoever asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gridsvc.domain.permissions import AccountRole
from gridsvc.usecases.name_department import name_department
from tests.api.conftest import PASSWORD, Served
from tests.e2e.conftest import Watched, open_page, sign_in

SHOTS = os.environ.get("PAGE_SHOTS")


def shoot(page: Page, name: str) -> None:
    """Keep a picture for people who look, where PAGE_SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


@pytest.fixture(scope="module", autouse=True)
def duty(served: Served) -> None:
    """Give the departments heads and duty telephones."""
    for name, head, phone in (("第一专卖管理所", "I03", "0851-8612313"), ("市场一部", "M02", "0851-8600101")):
        name_department(
            served.service.store, served.service.clock, adcode=served.seeded.adcode, actor="test", name=name,
            head_staff_code=head, duty_phone=phone,
        )  # fmt: skip


@pytest.fixture(params=["desktop-zh", "phone-en"])
def operator(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[tuple[Watched, str]]:
    """The hotline's operator before the page of owners, in both sizes and languages."""
    size, language = request.param.split("-")
    context, watched = open_page(browser, size=size, language=language)
    watched.page.goto(f"{served.address}/login?to=/who")
    watched.page.fill("#user_name", "hotline")
    watched.page.fill("#password", PASSWORD)
    watched.page.click("button[type=submit]")
    watched.page.wait_for_selector("body[data-ready]")
    yield watched, request.param
    context.close()


def answered(page: Page, n: int) -> None:
    page.wait_for_selector(f"body[data-answered='{n}']")


def test_words_of_a_caller_lead_to_the_owners_and_a_request_to_its_handler(
    operator: tuple[Watched, str], served: Served
) -> None:
    watched, name = operator
    page = watched.page
    shoot(page, f"who-empty-{name}")
    page.fill("#search", "R00007")
    page.wait_for_selector("#found li code")
    expect(page.locator("#found li").last).to_contain_text("R00007")  # the same words as an address
    shoot(page, f"who-matches-{name}")
    page.press("#search", "Enter")
    answered(page, 1)
    expect(page.locator(".owners li")).to_have_count(3)
    expect(page.locator(".owners .call").first).to_have_text("0851-8612313")
    page.fill("#request-subject", "门口摆卖散支烟")
    page.fill("#request-content", "来电人称今天上午看到。")
    page.fill("#request-name", "王女士")
    shoot(page, f"who-answer-{name}")
    page.click(".request button[type=submit]")
    expect(page.locator(".done")).to_be_visible()
    page.locator(".done").scroll_into_view_if_needed()
    shoot(page, f"who-done-{name}")
    page.click(".done a")
    page.wait_for_selector("body[data-read]")
    expect(page.locator("#opened h2")).to_have_text("门口摆卖散支烟")
    shoot(page, f"inbox-hotline-{name}")
    watched.is_clean(served.address)


def test_an_empty_subject_is_said_in_words_and_nothing_is_sent(operator: tuple[Watched, str]) -> None:
    watched, name = operator
    page = watched.page
    page.fill("#search", "R00009")
    page.wait_for_selector("#found li code")
    page.press("#search", "Enter")
    answered(page, 1)
    page.click(".request button[type=submit]")
    expect(page.locator(".request .fault")).to_be_visible()
    expect(page.locator("#request-subject")).to_be_focused()
    assert not any("/v1/collaborations" in url for url in watched.addresses)
    page.locator(".request .fault").scroll_into_view_if_needed()
    shoot(page, f"who-fault-{name}")


def test_a_click_on_the_map_asks_for_the_place(operator: tuple[Watched, str]) -> None:
    watched, name = operator
    page = watched.page
    box = page.locator("#map")
    box.scroll_into_view_if_needed()
    size = box.bounding_box()
    assert size is not None
    box.click(position={"x": size["width"] / 2, "y": size["height"] / 2})
    answered(page, 1)
    expect(page.locator(".owners li")).to_have_count(3)
    page.evaluate("window.scrollTo(0, 0)")
    shoot(page, f"who-place-{name}")


@pytest.mark.parametrize(("size", "language"), [("desktop", "en"), ("phone", "zh")])
def test_the_handler_finds_it_passes_it_on_and_the_next_one_ends_it(
    browser: Browser, served: Served, size: str, language: str
) -> None:
    with served.as_person("hotline") as caller, served.as_key(AccountRole.PLANNER) as planner:
        shops = planner.get("/v1/retailers?limit=200").json()["items"]
        owned = next(
            shop["retailer_id"]
            for shop in shops
            if planner.get(f"/v1/retailers/{shop['retailer_id']}/ownership?layer=inspection").json()["layers"][0][
                "owner"
            ]["staff_code"]
            == "I01"
        )
        opened = caller.post(
            "/v1/collaborations",
            json={
                "type": "complaint", "subject": f"无证销售 {size} {language}", "content": "隔壁店主来电。",
                "place": {"retailer_id": owned},
            },
        )  # fmt: skip
        assert opened.status_code == 201, opened.text
    context, watched = open_page(browser, size=size, language=language)
    page = watched.page
    sign_in(watched, served, "market_inspector")
    page.goto(f"{served.address}/inbox")
    page.wait_for_selector("body[data-ready]")
    shoot(page, f"inbox-todo-{size}-{language}")
    page.locator(".item", has_text=f"{size} {language}").click()
    page.wait_for_selector("body[data-read]")
    shoot(page, f"inbox-process-{size}-{language}")
    page.click("#opened form.request button[type=submit]")
    expect(page.locator("#opened .fault").first).to_be_visible()  # a step needs words
    page.fill("#result", "已到店核实，需二所配合。")
    page.fill("#next", "I02")
    page.click("#opened form.request button[type=submit]")
    expect(page.locator(".state.in_process").last).to_be_visible()
    expect(page.locator(".trace li")).to_have_count(2)
    shoot(page, f"inbox-passed-on-{size}-{language}")
    watched.complaints[:] = [words for words in watched.complaints if not re.search("422", words)]
    watched.is_clean(served.address)
    context.close()


def test_an_inbox_without_anything_says_what_will_come(browser: Browser, served: Served) -> None:
    context, watched = open_page(browser)
    sign_in(watched, served, "delivery_driver")
    watched.page.goto(f"{served.address}/inbox")
    watched.page.wait_for_selector("body[data-ready]")
    expect(watched.page.locator("#items .empty h2")).to_be_visible()
    shoot(watched.page, "inbox-empty")
    watched.page.keyboard.press("Tab")
    watched.is_clean(served.address)
    context.close()
