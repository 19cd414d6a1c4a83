"""One story from the present owners to a solved case: planner, approver, inspector, hotline, and the past."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store
from gridsvc.usecases.announce_generation import announce_generation
from gridsvc.usecases.name_department import name_department
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.plan_day import plan_day
from tests.api.conftest import PASSWORD, PATIENCE_S, Served
from tests.e2e.conftest import LOCALES, SIZES, Watched
from tests.e2e.editor_page import Editor
from tests.e2e.engine_worker import work_off
from tests.e2e.town import serving_town
from tests.fakes.data_worker import data_worker
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import shops, write_csv

SUNDAY_NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # in China
TOMORROW = date(2026, 11, 23)
N_SHOPS = 96
SHOTS = os.environ.get("PAGE_SHOTS")


def shoot(page: Page, name: str) -> None:
    """Keep a picture for people who look, where PAGE_SHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"story-{name}.png"))


@pytest.fixture(scope="module")
def town(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """A town with shops, staff and units; nobody is responsible for anything yet."""
    store = Store(database.app_url)
    rows = [row | {"integrity_star": 1} for row in shops(N_SHOPS)]
    district = build(store, tmp_path_factory.mktemp("town"), shop_rows=rows, owners=None, coarsest=9)
    district.clock.instant = SUNDAY_NOON
    yield district
    store.close()


@pytest.fixture(scope="module")
def served(town: SmallDistrict, database: RunningDatabase) -> Iterator[Served]:
    """The town, served, with an account for everybody in the story."""
    roles = {
        AccountRole.PLANNER: None, AccountRole.APPROVER: None, AccountRole.HOTLINE: None,
        AccountRole.MARKET_INSPECTOR: "I1",
    }  # fmt: skip
    name_department(
        town.store, town.clock, adcode=town.adcode, actor="test", name="Office of market_inspector",
        head_staff_code="I2", duty_phone="0851-8612313",
    )  # fmt: skip
    with serving_town(town, database, roles) as known:
        yield known


def enter(browser: Browser, served: Served, who: str, to: str, *, size: str = "desktop") -> Watched:
    """Sign in with a clock and a time zone as people there have."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=LOCALES["zh"], timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(PATIENCE_S * 1000)
    watched = Watched(context.new_page())
    watched.page.clock.set_fixed_time(served.clock.instant)
    watched.page.goto(f"{served.address}/login?to={to}")
    watched.page.fill("#user_name", who)
    watched.page.fill("#password", PASSWORD)
    watched.page.click("button[type=submit]")
    return watched


def owner_of(client: httpx.Client, retailer: str, as_of: datetime | None = None) -> str:
    """Give the inspector of a shop."""
    found = client.get(
        f"/v1/retailers/{retailer}/ownership", params={"as_of": as_of.isoformat()} if as_of else {}
    ).json()
    return str(next(layer for layer in found["layers"] if layer["layer"] == "inspection")["owner"]["staff_code"])


def upload_present_owners(page: Page, served: Served, town: SmallDistrict) -> None:
    """The bureau's list: rows of shops to one person or another, street by street."""
    rows = owner_rows(shops(N_SHOPS))
    for row in rows:
        number = int(str(row["retailer_code"])[1:])
        row["staff_code"] = f"{str(row['staff_code'])[0]}{1 + (number % 16 < 11)}"  # two thirds to the second of each
    file = write_csv(town.folder / "present-owners.csv", rows)
    page.wait_for_selector("body[data-painted=reviews]")
    page.click("#tab-upload")
    page.select_option("#table-kind", "assignments")
    page.set_input_files("#file", file)
    page.wait_for_selector("body[data-inspected='present-owners.csv']")
    shoot(page, "1-upload")
    with data_worker(served.service, town.adcode):
        page.click("button[value=import]")
        page.wait_for_selector("body[data-reported=done]")
    expect(page.locator("#report .tally")).to_contain_text(str(len(rows)))
    shoot(page, "2-uploaded")


def draft_balance_and_brush(page: Page, served: Served, pool: EnginePool) -> Editor:
    """A draft from today's owners, the engine's balance, and one border by hand."""
    page.goto(f"{served.address}/plans")
    page.click("#new-plan")
    for layer in ("marketing", "delivery"):
        page.uncheck(f"input[value={layer}]")
    page.click("#create")
    page.wait_for_url("**/edit*")
    page.wait_for_selector("body[data-painted]")
    editor = Editor(served, Watched(page), page.url.split("/plans/")[1].split("/")[0], "inspection")
    before = editor.model("Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))")
    shoot(page, "3-before")
    page.click("#side-engine")
    with page.expect_response(lambda answer: answer.url.endswith(":design") and answer.status == 202):
        page.click("[data-engine=design]")
    work_off(served, pool)
    page.click("#engine-accept")
    after = editor.model("Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))")
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after < before
    shoot(page, "4-balanced")
    page.click("#side-grids")
    page.locator("tr[data-row='0'] button.row").click()
    page.click("[data-tool=brush]")
    page.locator("#size").fill("0")
    unit = editor.border_unit(1, 0)
    editor.click(unit)
    assert editor.model("m.gridOfUnit[a]", unit) == 0
    page.keyboard.press("f")  # whatever the stroke cut off goes to a neighbour
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_contain_text("已保存")
    shoot(page, "5-brushed")
    return editor


def step(page: Page, plan_id: str, name: str) -> None:
    page.click(f"[data-plan='{plan_id}'] [data-act={name}]")
    page.click("#go")
    page.wait_for_selector(f"[data-plan='{plan_id}']:not(:has([data-act={name}]))")


def publish_for_tomorrow(page: Page, plan_id: str) -> None:
    step(page, plan_id, "approve")
    page.click(f"[data-plan='{plan_id}'] [data-act=publish]")
    page.wait_for_selector("#publish-form")
    page.fill("#at", f"{TOMORROW.isoformat()}T00:00")
    if page.locator("#reason").is_visible():
        page.fill("#reason", "季度调整")
    page.click("#told summary")
    shoot(page, "6-publish")
    page.click("#publish-go")
    expect(page.locator("#notice")).to_contain_text("1")


def test_from_the_present_owners_to_a_solved_case(
    browser: Browser, served: Served, town: SmallDistrict, pool: EnginePool
) -> None:
    planner = enter(browser, served, "planner", "/data")
    upload_present_owners(planner.page, served, town)
    with served.as_person("planner") as client:
        codes = {shop["retailer_id"]: shop for shop in client.get("/v1/retailers?limit=200").json()["items"]}
        before = {retailer: owner_of(client, retailer) for retailer in codes}
    plan_id = draft_balance_and_brush(planner.page, served, pool).plan_id
    planner.page.click("#finish")
    planner.page.wait_for_selector(f"[data-plan='{plan_id}']")
    step(planner.page, plan_id, "submit")
    approver = enter(browser, served, "approver", "/plans")
    approver.page.wait_for_selector(f"[data-plan='{plan_id}']")
    publish_for_tomorrow(approver.page, plan_id)
    with served.as_person("planner") as client:
        assert {retailer: owner_of(client, retailer) for retailer in codes} == before  # today nothing changes
        then = datetime(2026, 11, 23, 4, tzinfo=UTC)
        after = {retailer: owner_of(client, retailer, then) for retailer in codes}
    gained = {retailer for retailer in codes if after[retailer] == "I1" != before[retailer]}
    assert len(gained) >= 5

    # in the night the worker tells whom it concerns, and the office plans the month and the first day of it
    who: dict[str, Any] = {"adcode": town.adcode, "actor": "operator"}
    announce_generation(town.store, town.clock, adcode=town.adcode, generation=1)
    plan_cycle(town.store, town.clock, pool, **who, first_day=TOMORROW, max_iterations=60)
    plan_day(town.store, town.clock, pool, **who, day=TOMORROW, max_iterations=40)

    inspector = enter(browser, served, "market_inspector", f"/today?day={TOMORROW.isoformat()}", size="phone")
    phone = inspector.page
    phone.wait_for_selector(".day-stop")
    shoot(phone, "7-tomorrow")
    stops = phone.locator(".day-stop").evaluate_all("all => all.map((stop) => stop.dataset.retailer)")
    assert {after[retailer] for retailer in stops} == {"I1"}
    found = gained & set(stops)
    assert found, "some of the gained shops are due on the first day"
    phone.goto(f"{served.address}/inbox")
    phone.wait_for_selector("body[data-ready]")
    phone.click("#box-notices")
    phone.locator("#items .item.unread").first.click()
    expect(phone.locator("#opened details").first).to_contain_text(str(len(gained)))
    shoot(phone, "8-gained")

    town.clock.instant = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # ten in the morning of the next day
    shop = codes[min(found)]
    operator = enter(browser, served, "hotline", "/who")
    page = operator.page
    page.wait_for_selector("body[data-ready]")
    page.fill("#search", shop["address"])
    page.wait_for_selector("#found li code")
    page.locator("#found li", has_text=shop["retailer_code"]).first.click()
    page.wait_for_selector("body[data-answered='1']")
    owner = page.locator(".owners li").first
    expect(owner).to_contain_text("I1")
    expect(owner.locator(".call")).to_have_text("0851-8612313")
    page.fill("#request-subject", "夜间售烟给学生")
    page.fill("#request-content", "来电人昨晚看到。")
    shoot(page, "9-case")
    page.click(".request button[type=submit]")
    expect(page.locator(".done")).to_contain_text("Person I1")

    morning = enter(browser, served, "market_inspector", "/inbox", size="phone")  # a night later one signs in again
    phone = morning.page
    phone.wait_for_selector("body[data-ready]")
    phone.locator(".item", has_text="夜间售烟给学生").click()
    phone.wait_for_selector("body[data-read]")
    phone.fill("#result", "已到店检查，责令整改。")
    shoot(phone, "10-closing")
    phone.click("#opened form.request button[type=submit]")
    expect(phone.locator("#opened .state.archived")).to_be_visible()

    page.click(".done a")
    page.wait_for_selector("body[data-read]")
    expect(page.locator("#opened .state.archived")).to_be_visible()
    expect(page.locator(".trace")).to_contain_text("已到店检查，责令整改。")
    shoot(page, "11-result")

    page.goto(f"{served.address}/who?retailer_id={shop['retailer_id']}")
    page.wait_for_selector("body[data-answered='1']")
    expect(page.locator(".owners li").first).to_contain_text("I1")
    page.fill("#as-of", "2026-11-22")
    page.wait_for_selector("body[data-answered='2']")
    expect(page.locator(".owners li").first).to_contain_text("I2")
    shoot(page, "12-past")
    for known in (planner, approver, inspector, operator, morning):
        assert known.is_clean(served.address)
        known.page.context.close()
