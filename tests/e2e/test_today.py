"""A working day on a phone, its sheet of paper, and the board that the department looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PASSWORD, Served
from tests.e2e.conftest import Watched, open_page

SHOTS = os.environ.get("PAGE_SHOTS")
FIRST = ".day-stop[data-sequence='1']"


def shoot(page: Page, name: str, *, is_whole: bool = False) -> None:
    """Keep a picture for people who look, where PAGE_SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=is_whole)


def enter(browser: Browser, served: Served, who: str, to: str, size: str, language: str) -> Watched:
    _, watched = open_page(browser, size=size, language=language)
    watched.page.clock.set_fixed_time(served.clock.instant)  # the phone's clock is right
    watched.page.goto(f"{served.address}/login?to={to}")
    watched.page.fill("#user_name", who)
    watched.page.fill("#password", PASSWORD)
    watched.page.click("button[type=submit]")
    return watched


@pytest.fixture(params=["phone-zh", "phone-en", "desktop-zh"])
def inspector(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[tuple[Watched, str]]:
    """An inspector with a sealed stop before their day."""
    size, language = request.param.split("-")
    watched = enter(browser, served, "market_inspector", "/today", size, language)
    watched.page.wait_for_selector("body[data-ready]")
    yield watched, request.param
    watched.page.context.close()


def day_of(served: Served, staff: str) -> dict[str, Any]:
    with served.as_key(AccountRole.ADMIN) as client:
        day: dict[str, Any] = client.get(f"/v1/staff/{staff}/days/{served.seeded.day.isoformat()}").json()
    return day


def test_a_day_is_shown_in_order_with_times_reasons_and_the_shops_card(
    inspector: tuple[Watched, str], served: Served
) -> None:
    watched, name = inspector
    page = watched.page
    shoot(page, f"today-{name}")
    shoot(page, f"today-whole-{name}", is_whole=True)
    expect(page.locator(".day-stop")).to_have_count(10)
    times = page.locator(".day-stop .eta time").all_inner_texts()
    assert times == sorted(times)
    expect(page.locator(".day-stop .tag")).to_have_count(1)  # the sealed one, on its inspector's own page
    links = page.locator(".day-stop.next .links a").evaluate_all("all => all.map((a) => a.href)")
    assert [link.split(":")[0] for link in links] == ["https", "https", "https", "geo"]
    expect(page.locator(".week a")).to_have_count(7)
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    assert watched.is_clean(served.address)


@pytest.fixture(scope="module")
def manager(browser: Browser, served: Served) -> Iterator[Watched]:
    """A customer manager with a phone, through the whole day of this module."""
    watched = enter(browser, served, "customer_manager", "/today", "phone", "zh")
    watched.page.wait_for_selector("body[data-ready]")
    yield watched
    watched.page.context.close()


def test_a_stop_is_checked_in_and_done_with_two_taps(manager: Watched, served: Served) -> None:
    page = manager.page
    page.click(f"{FIRST} [data-act=arrive]")
    expect(page.locator(f"{FIRST} [data-act=arrive]")).to_be_disabled()
    shoot(page, "today-arrived")
    with page.expect_navigation():
        page.click(f"{FIRST} [data-act=done]")
    expect(page.locator(f"{FIRST}.done")).to_be_visible()
    expect(page.locator("#n-done")).to_have_text("1/10")
    expect(page.locator(".day-stop.next")).to_have_attribute("data-sequence", "2")
    shoot(page, "today-one-done")
    assert day_of(served, "M01")["stops"][0]["state"] == "done"


def test_a_closed_shop_brings_a_proposal_with_its_consequence_which_is_accepted(
    manager: Watched, served: Served
) -> None:
    page = manager.page
    stop = ".day-stop[data-sequence='2']"
    page.click(f"{stop} [data-act=closed]")
    page.select_option(f"{stop} select", "shut_now")
    shoot(page, "today-why")
    with page.expect_navigation():
        page.click(f"{stop} .why-form button")
    expect(page.locator(".proposal")).to_be_visible()
    expect(page.locator(".proposal ul")).to_contain_text("不取消任何一站")
    shoot(page, "today-proposal")
    page.click("[data-decide=decline]")
    shoot(page, "today-decline")
    with page.expect_navigation():
        page.click("[data-decide=accept]")
    expect(page.locator(".proposal")).to_have_count(0)
    expect(page.locator(".day-stop")).to_have_count(11)  # the shop is tried again later
    shoot(page, "today-accepted", is_whole=True)
    states = [s["state"] for s in day_of(served, "M01")["stops"]]
    assert (states.count("closed"), states.count("ahead")) == (1, 9)


def test_being_late_is_proposed_and_declined_with_a_reason(manager: Watched, served: Served) -> None:
    page = manager.page
    with page.expect_navigation():
        page.click("[data-late='20']")
    expect(page.locator(".proposal h2")).to_contain_text("晚到")
    page.click("[data-decide=decline]")
    page.fill("#why-not", "路上通了")
    with page.expect_navigation():
        page.click("#why-not-form button")
    expect(page.locator(".proposal")).to_have_count(0)


def test_what_was_not_sent_is_kept_and_sent_once(manager: Watched, served: Served) -> None:
    page = manager.page
    page.route("**/v1/visits", lambda route: route.abort())
    ahead = page.locator(".day-stop.next")
    retailer = ahead.get_attribute("data-retailer")
    ahead.locator("[data-act=done]").click()
    expect(page.locator("#fault")).to_be_visible()
    shoot(page, "today-not-sent")
    sent: list[Any] = []
    page.unroute("**/v1/visits")
    page.on("request", lambda request: sent.append(request.post_data_json) if "/v1/visits" in request.url else None)
    kept = page.evaluate("JSON.parse(Object.values(localStorage).find((value) => value.includes('visit_id'))).visit")
    with page.expect_navigation():
        ahead.locator("[data-act=done]").click()
    assert [visit["visit_id"] for visit in sent] == [kept["visit_id"]]
    assert kept["retailer_id"] == retailer


def test_a_day_without_a_route_says_so(manager: Watched, served: Served) -> None:
    page = manager.page
    page.goto(f"{served.address}/today?day=2026-11-28")
    expect(page.locator(".empty h2")).to_be_visible()
    shoot(page, "today-none")


def test_the_page_is_read_without_scripts_and_is_small(browser: Browser, served: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.address}/login?to=/today")
    page.fill("#user_name", "delivery_driver")
    page.fill("#password", PASSWORD)
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 (Playwright marks what it calls)
    page.click("button[type=submit]")
    expect(page.locator(".day-stop")).to_have_count(10)
    page.wait_for_load_state("networkidle")
    assert {request.resource_type for request in finished} >= {"document", "stylesheet"}
    n_bytes = sum(request.sizes()["responseBodySize"] for request in finished)
    assert 0 < n_bytes < 60_000  # bytes on the wire, styles and icon included
    context.close()


def test_on_slow_4g_the_day_is_readable_within_two_seconds_of_network(browser: Browser, served: Served) -> None:
    """Count what the network asks for, not this machine: round trips and bytes of slow 4G (150 ms, 1.6 Mbit/s)."""
    watched = enter(browser, served, "delivery_driver", "/today", "phone", "zh")
    page = watched.page
    page.wait_for_selector("body[data-ready]")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    entries = page.evaluate(
        """() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter((e) => e.entryType === 'navigation' || e.name.endsWith('.css'))
        .map((e) => e.encodedBodySize)"""
    )
    n_bytes, round_trips = sum(entries), 2 + 2  # connection and page, then styles side by side
    assert round_trips * 0.150 + n_bytes * 8 / 1_600_000 < 2.0
    page.context.close()


def test_a_field_role_is_kept_from_others_days(manager: Watched, served: Served) -> None:
    answer = manager.page.request.get(f"{served.address}/today?staff=M02", headers={"Accept": "text/html"})
    assert answer.status == 403
    assert manager.page.request.get(f"{served.address}/days", headers={"Accept": "text/html"}).status == 403


def test_the_sheet_of_paper_holds_no_sealed_stop(browser: Browser, served: Served) -> None:
    watched = enter(browser, served, "market_inspector", "/today/print", "desktop", "zh")
    page = watched.page
    expect(page.locator("tbody tr")).to_have_count(9)
    expect(page.locator(".mark").first).to_contain_text("SYNTHETIC")
    shoot(page, "today-print", is_whole=True)
    page.context.close()


@pytest.fixture(params=["desktop-zh", "phone-en"])
def planner(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[tuple[Watched, str]]:
    """A planner before the day board."""
    size, language = request.param.split("-")
    watched = enter(browser, served, "planner", "/days", size, language)
    watched.page.wait_for_selector("body[data-ready]")
    yield watched, request.param
    watched.page.context.close()


def test_the_board_shows_everybody_and_replans_with_a_preview(planner: tuple[Watched, str], served: Served) -> None:
    watched, name = planner
    page = watched.page
    page.wait_for_timeout(300)  # the map settles
    shoot(page, f"board-{name}")
    expect(page.locator("#staff tbody tr")).to_have_count(15)
    expect(page.locator("#left tbody tr").first).to_be_visible()
    page.locator("#staff button.row", has_text="D02").click()
    page.wait_for_timeout(300)
    shoot(page, f"board-picked-{name}")
    row = page.locator("#staff tbody tr", has=page.locator("button.row", has_text="D02"))
    row.locator("button.quiet").click()
    page.select_option("#replan-kind", "delay")
    page.fill("#replan-value", "30")
    page.click("#replan button[type=submit]")
    expect(page.locator(".outcome li").first).to_be_visible()
    shoot(page, f"board-preview-{name}")
    before = day_of(served, "D02")["version"]
    page.fill("#replan-why", "test")
    page.locator(".outcome button.quiet").click()
    expect(page.locator("#replan")).to_be_hidden()
    assert day_of(served, "D02")["version"] == before
    inspector = page.locator("#staff tbody tr", has=page.locator("button.row", has_text="I01"))
    inspector.locator("button.quiet").click()
    expect(page.locator("#replan-kind option")).to_have_count(1)
    assert watched.is_clean(served.address)


def test_the_board_of_one_department_counts_its_own(planner: tuple[Watched, str]) -> None:
    page = planner[0].page
    page.select_option("#unit", "市场一部")
    page.wait_for_selector("body[data-ready='2']")
    expect(page.locator("#staff tbody tr")).to_have_count(5)
