"""The map page in a real browser."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.conftest import Served
from tests.e2e.conftest import SIZES, Watched, open_page, sign_in

EVERY_VIEW = list(itertools.product(SIZES, ("zh", "en")))

PAINTED_COLOURS = """() => {
  const canvas = document.querySelector('canvas.units');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Map();
  for (let at = 0; at < data.length; at += 4 * 7) {
    if (data[at + 3] < 255) continue;
    const colour = '#' + [0, 1, 2].map((k) => data[at + k].toString(16).padStart(2, '0')).join('');
    seen.set(colour, (seen.get(colour) ?? 0) + 1);
  }
  return [...seen].filter(([, n]) => n > 200).map(([colour]) => colour);
}"""


@pytest.fixture
def watched(browser: Browser, served: Served) -> Iterator[Watched]:
    """The map page of a planner on a desktop in Chinese."""
    context, known = open_page(browser)
    sign_in(known, served, "planner")
    yield known
    context.close()


def click_map(page: Page, right: float, down: float) -> None:
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * right, box["y"] + box["height"] * down)


@pytest.mark.parametrize(("size", "language"), EVERY_VIEW)
def test_the_map_is_painted_in_every_size_and_language(
    browser: Browser, served: Served, size: str, language: str
) -> None:
    context, known = open_page(browser, size=size, language=language)
    sign_in(known, served, "planner")
    page = known.page
    swatches = page.locator(".swatch").evaluate_all("all => all.map((one) => one.style.backgroundColor)")
    expected = {"#" + "".join(f"{int(part):02x}" for part in colour[4:-1].split(",")) for colour in swatches}
    assert expected <= set(page.evaluate(PAINTED_COLOURS))
    assert page.locator(".grid-label b").all_inner_texts() == ["1", "2", "3", "4", "5"]
    assert page.locator("#table tbody tr").count() == 5
    expect(page.locator(".badge")).to_contain_text("SYNTHETIC")
    expect(page.locator("caption")).to_have_text({"zh": "现行网格", "en": "Grids in force"}[language])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        "(() => { const p = document.getElementById('panel'); return p.scrollWidth <= p.clientWidth; })()"
    )
    assert known.is_clean(served.address)
    context.close()


def test_a_click_names_the_three_who_are_responsible(watched: Watched, served: Served) -> None:
    page = watched.page
    click_map(page, 0.5, 0.4)
    expect(page.locator(".trio li")).to_have_count(3)
    expect(page.locator("#detail h2")).to_have_text("此处责任人")
    roles = page.locator(".trio .role").all_inner_texts()
    assert roles == ["市场管理员", "客户经理", "送货员"]
    chosen = page.locator("tr.chosen .owner").inner_text()
    assert page.locator(".trio li.here strong").inner_text().startswith(chosen)
    page.click(".close")
    expect(page.locator("#detail")).to_be_hidden()
    assert watched.is_clean(served.address)


def test_a_click_outside_the_district_says_so(watched: Watched) -> None:
    page = watched.page
    click_map(page, 0.02, 0.02)
    expect(page.locator("#detail .notice")).to_have_text("该位置不在本辖区内。")


def test_layers_and_languages_are_switched(watched: Watched, served: Served) -> None:
    page = watched.page
    owners = page.locator("#table .owner").all_inner_texts()
    page.click("#tab-marketing")
    expect(page.locator("#tab-marketing")).to_have_attribute("aria-selected", "true")
    expect(page.locator("button.row").first).to_contain_text("M01")
    assert page.locator("#table .owner").all_inner_texts() != owners
    page.locator("#tab-marketing").press("ArrowRight")
    expect(page.locator("button.row").first).to_contain_text("D01")
    page.click("a.language")
    expect(page.locator("#tab-inspection")).to_have_text("Inspection")
    assert page.locator("html").get_attribute("lang") == "en"
    page.wait_for_selector("body[data-painted]")
    assert watched.is_clean(served.address)


def test_a_route_is_drawn_with_its_stops_in_order(watched: Watched, served: Served) -> None:
    page = watched.page
    page.click("#tab-marketing")
    expect(page.locator("button.row").first).to_contain_text("M01")
    page.locator("button.row").first.click()
    page.click("#detail button.primary")
    expect(page.locator(".stops li[data-stop]")).to_have_count(10)
    numbers = [str(number) for number in range(1, 11)]
    assert page.locator(".stop-mark").all_inner_texts() == numbers
    assert page.locator(".stops .disc").all_inner_texts() == numbers
    times = page.locator(".stops time").all_inner_texts()
    assert times == sorted(times)
    assert times[0] == "09:05"  # 35 minutes after 08:30 in Shanghai
    drawn = """() => {
      const canvas = document.querySelector('.leaflet-route-pane canvas');
      return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
    }"""
    assert page.evaluate(drawn)
    page.locator("button.stop").nth(3).click()
    expect(page.locator(".stops li.chosen .disc")).to_have_text("4")
    page.get_by_role("button", name="后一天").click()
    expect(page.locator("#detail .notice")).to_contain_text("没有安排路线")
    assert page.locator(".stop-mark").count() == 0
    assert watched.is_clean(served.address)


def test_a_shop_is_found_by_keyboard_and_its_owners_shown(watched: Watched, served: Served) -> None:
    page = watched.page
    page.fill("#search", "R00042")
    expect(page.locator("#found li")).to_have_count(1)
    page.locator("#search").press("ArrowDown")
    page.locator("#search").press("Enter")
    expect(page.locator("#detail .facts")).to_contain_text("R00042")
    expect(page.locator(".trio li")).to_have_count(3)
    page.fill("#search", "no such shop")
    expect(page.locator("#found li.none")).to_be_visible()
    assert watched.is_clean(served.address)


def test_an_inspector_begins_with_their_own_day_sealed_duty_included(browser: Browser, served: Served) -> None:
    context, known = open_page(browser, size="phone")
    sign_in(known, served, "market_inspector")
    page = known.page
    expect(page.locator(".stops li[data-stop]")).to_have_count(10)
    expect(page.locator(".sealed")).to_have_count(1)
    assert known.is_clean(served.address)
    context.close()


def test_the_hotline_sees_owners_and_no_routes(browser: Browser, served: Served) -> None:
    context, known = open_page(browser, language="en")
    sign_in(known, served, "hotline")
    page = known.page
    click_map(page, 0.5, 0.4)
    expect(page.locator(".trio li")).to_have_count(3)
    assert page.locator(".trio button").count() == 0
    assert known.is_clean(served.address)
    context.close()


def test_a_wrong_password_is_said_and_the_name_kept(browser: Browser, served: Served) -> None:
    context, known = open_page(browser, language="en")
    page = known.page
    page.goto(served.address)
    page.fill("#user_name", "admin")
    page.fill("#password", "wrong password")
    page.click("button[type=submit]")
    expect(page.locator("#fault")).to_have_text("The user name or the password is wrong.")
    assert page.locator("#user_name").input_value() == "admin"
    context.close()


def test_signing_out_leads_back_to_the_form(watched: Watched) -> None:
    page = watched.page
    page.click(".me button")
    expect(page.locator("#password")).to_be_visible()
    page.goto(page.url.replace("/login", "/"))
    expect(page.locator("#password")).to_be_visible()
