"""The data page in a real browser: files in with their reasons, doubts settled on the map."""

from __future__ import annotations

import csv
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from geo_data.datums import Datum, from_wgs84
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.e2e.axe import violations
from tests.e2e.conftest import SIZES, Watched, open_page, sign_in
from tests.fakes.data_worker import data_worker, ended

EVERY_VIEW = list(itertools.product(SIZES, ("zh", "en")))
PAN_STEPS = 12
FITS = "(() => { const a = document.querySelector('aside'); return a.scrollWidth <= a.clientWidth; })()"


@pytest.fixture(scope="module", autouse=True)
def doubted(served: Served) -> Iterator[None]:
    """Put three shops on one point and check all points; a worker is there for what the page asks."""
    with served.as_key(AccountRole.PLANNER) as client:
        shops = client.get("/v1/retailers", params={"limit": 3}).json()["items"]
        target = client.get(f"/v1/retailers/{shops[0]['retailer_id']}/ownership").json()["retailer"]
        for shop in shops[1:]:
            body = {"lon": target["lon"], "lat": target["lat"], "reason": "a test"}
            assert client.put(f"/v1/retailers/{shop['retailer_id']}/pin", json=body).status_code == 200
        checked = ended(client, client.post("/v1/reviews:check"), served.service, served.seeded.adcode)
        assert checked["result"]["found"]["shared_point"] == 3
    with data_worker(served.service, served.seeded.adcode):
        yield


def open_data(browser: Browser, served: Served, size: str = "desktop", language: str = "en") -> Watched:
    _, known = open_page(browser, size=size, language=language)
    sign_in(known, served, "planner")
    known.page.goto(f"{served.address}/data")
    known.page.wait_for_selector("body[data-painted=reviews]")
    return known


def wait_for(client: httpx.Client, job: str) -> None:
    """Wait until the worker has done a job."""
    for _ in range(1200):
        known = client.get(job).json()
        if known["ended_at"] is not None:
            assert known["state"] == "done", known["words"]
            return
        time.sleep(0.1)
    raise AssertionError("the job never ended")


@pytest.fixture
def watched(browser: Browser, served: Served) -> Iterator[Watched]:
    known = open_data(browser, served)
    yield known
    known.page.context.close()


def choose(page: Page, code: str) -> None:
    page.select_option("#kind-of-doubt", code)
    page.wait_for_selector("#queue:not([aria-busy]) button.item")
    page.locator("#queue button.item").first.click()
    expect(page.locator("#chosen h2")).to_be_visible()


@pytest.mark.parametrize(("size", "language"), EVERY_VIEW)
def test_the_page_fits_every_size_in_both_languages_and_asks_nobody_else(
    browser: Browser, served: Served, size: str, language: str
) -> None:
    known = open_data(browser, served, size, language)
    page = known.page
    expect(page.locator("#tab-reviews")).to_contain_text({"zh": "待核查", "en": "To review"}[language])
    assert page.locator("#queue button.item").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#queue button.item").first.click()
    expect(page.locator("#chosen")).to_be_visible()
    assert page.evaluate(
        "(() => { const a = document.querySelector('aside'); return a.scrollWidth <= a.clientWidth; })()"
    )
    page.click("#tab-upload")
    expect(page.locator("#file")).to_be_visible()
    assert page.evaluate(
        "(() => { const a = document.querySelector('aside'); return a.scrollWidth <= a.clientWidth; })()"
    )
    untranslated = page.evaluate(
        "[...document.querySelectorAll('body *')].filter((n) => !n.children.length && n.tagName !== 'SCRIPT')"
        ".map((n) => n.textContent.trim()).filter((text) => /^(data|doubt|evidence|column)_/.test(text))"
    )
    assert untranslated == []
    assert known.is_clean(served.address)
    page.context.close()


def test_a_pin_is_moved_by_keyboard_and_the_history_shows_it(watched: Watched) -> None:
    page = watched.page
    choose(page, "shared_point")
    pin = page.locator(".pin.movable")
    pin.focus()
    for _ in range(PAN_STEPS):
        pin.press("Shift+ArrowRight")
    expect(page.locator("#move-here")).to_be_enabled()
    page.fill("#reason", "it stands by the gate")
    page.click("#move-here")
    expect(page.locator("#chosen .notice.good")).to_contain_text("Mended")
    moves = page.evaluate("fetch('/v1/pin-moves?limit=1').then((a) => a.json())")["items"]
    assert moves[0]["reason"] == "it stands by the gate"
    assert moves[0]["moved_m"] == pytest.approx(50 * PAN_STEPS, rel=0.02)


def test_a_pin_is_dragged_and_a_rejection_needs_a_reason(watched: Watched) -> None:
    page = watched.page
    choose(page, "shared_point")
    box = page.locator(".pin.movable").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=8)
    page.mouse.up()
    expect(page.locator("#moved-to")).not_to_have_text("")
    expect(page.locator("#move-here")).to_be_enabled()
    page.click("#reject")
    expect(page.locator("#chosen .notice.bad")).to_contain_text("say why")
    page.fill("#reason", "one house, two doors")
    page.click("#reject")
    expect(page.locator("#chosen .notice.good")).to_contain_text("Rejected")


def test_a_spreadsheet_in_another_datum_comes_in_with_its_reasons(
    watched: Watched, served: Served, tmp_path: Path
) -> None:
    page = watched.page
    with served.as_key(AccountRole.PLANNER) as client:
        shop = client.get("/v1/retailers", params={"limit": 1}).json()["items"][0]
        where = client.get(f"/v1/retailers/{shop['retailer_id']}/ownership").json()["retailer"]
    x, y = from_wgs84(where["lon"] + 0.0002, where["lat"], Datum.GCJ02)
    rows = [["门店", "许可证号", "地址", "经度", "纬度"], ["新店", "880000000001", "新路1号", float(x), float(y)],
            ["坏店", "??", "新路2号", float(x), float(y)]]  # fmt: skip
    file = tmp_path / "shops.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    page.click("#tab-upload")
    page.set_input_files("#file", file)
    page.wait_for_selector("body[data-inspected='shops.csv']")
    page.select_option("#column-name", "门店")
    page.click("button[value=dry]")
    expect(page.locator("#report [role=alert]")).to_contain_text("in which datum")  # nobody named it
    page.select_option("#crs", "gcj02")
    page.click("button[value=dry]")
    page.wait_for_selector("body[data-reported=dry]")
    expect(page.locator("#report-title")).to_contain_text("nothing was written")
    page.click("button[value=import]")
    page.wait_for_selector("body[data-reported=done]")
    expect(page.locator("#report tbody tr").first).to_contain_text("licence")
    with served.as_key(AccountRole.PLANNER) as client:
        found = client.get("/v1/ownership", params={"licence_no": "880000000001"}).json()["retailer"]
    assert found["lon"] == pytest.approx(where["lon"] + 0.0002, abs=1e-6)
    expect(page.locator("#past tbody tr").first).to_contain_text("shops.csv")


def test_who_may_not_write_sees_the_queue_and_no_buttons(browser: Browser, served: Served) -> None:
    _, known = open_page(browser, language="en")
    sign_in(known, served, "approver")
    page = known.page
    page.goto(f"{served.address}/data")
    page.wait_for_selector("body[data-painted=reviews]")
    expect(page.locator("#check")).to_be_hidden()
    expect(page.locator("#tab-upload")).to_be_hidden()
    page.locator("#queue button.item").first.click()
    expect(page.locator("#chosen h2")).to_be_visible()
    assert page.locator("#accept, #reject, #move-here").count() == 0
    page.context.close()


def test_the_licence_plan_says_what_approvals_would_do(watched: Watched, served: Served) -> None:
    page = watched.page
    with served.as_key(AccountRole.PLANNER) as client:
        shop = client.get("/v1/retailers", params={"limit": 1}).json()["items"][0]
        where = client.get(f"/v1/retailers/{shop['retailer_id']}/ownership").json()["retailer"]
        lon, lat = where["lon"], where["lat"]
        ring = [[lon - 1, lat - 1], [lon + 1, lat - 1], [lon + 1, lat + 1], [lon - 1, lat + 1], [lon - 1, lat - 1]]
        cell = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"cell_code": "C1", "name": "Whole", "planned": 10, "spacing_m": 30}}  # fmt: skip
        files = {
            "layout_cells": ("cells.geojson", json.dumps({"type": "FeatureCollection", "features": [cell]})),
            "licence_applications": ("a.csv", f"application_no,name,lon,lat\nA1,new,{lon},{lat}\n"),
        }
        for kind, file in files.items():
            form = {"kind": kind, "options": '{"crs": "wgs84"}'}
            answer = client.post("/v1/imports", data=form, files={"file": file})
            assert answer.status_code == 202, answer.text
            wait_for(client, answer.json()["links"]["self"])
    page.click("#tab-layout")
    expect(page.locator("#layout-cells tbody tr")).to_have_count(1)
    page.check("#layout-queue input")
    page.click("#ahead")
    expect(page.locator("#ahead-answer")).to_contain_text("min a day more")
    expect(page.locator("#ahead-answer")).to_contain_text("would exceed their plan: 1")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_no_barrier_in_any_state(browser: Browser, served: Served, language: str) -> None:
    known = open_data(browser, served, language=language)
    page = known.page
    found = {"queue": violations(page)}
    page.locator("#queue button.item").first.click()
    expect(page.locator("#chosen h2")).to_be_visible()
    found["chosen"] = violations(page)
    page.select_option("#kind-of-doubt", "conflicting_position")
    page.wait_for_selector("#bulk:enabled")
    page.click("#bulk")
    found["bulk"] = violations(page)
    page.click("#tab-layout")
    page.wait_for_selector("body[data-painted=layout]")
    found["licence plan"] = violations(page)
    page.click("#tab-upload")
    file = {
        "name": "shops.csv",
        "mimeType": "text/csv",
        "buffer": "店名,许可证号,经度,纬度\n新店,??,106.7,26.6\n".encode(),
    }
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.wait_for_selector("body[data-inspected='shops.csv']")
    page.select_option("#crs", "wgs84")
    page.click("button[value=dry]")
    page.wait_for_selector("body[data-reported=dry]")
    found["report"] = violations(page)
    reason = page.locator("#report tbody tr").first
    expect(reason).to_contain_text({"zh": "许可证号“??”不合规", "en": "“??” is no licence number"}[language])
    page.context.close()
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_all_points_are_checked_and_addresses_looked_up_by_buttons(watched: Watched) -> None:
    page = watched.page
    page.click("#check")
    expect(page.locator("#chosen .notice.good")).to_contain_text("shops checked")
    page.click("#geocode")
    expect(page.locator("#chosen .notice.good")).to_contain_text("point")


def test_an_import_that_waits_is_stopped_by_its_button(browser: Browser, served: Served) -> None:
    known = open_data(browser, served)
    page = known.page
    page.click("#tab-upload")
    file = {
        "name": "late.csv",
        "mimeType": "text/csv",
        "buffer": "店名,许可证号,地址,经度,纬度\n甲,880000000031,新路1号,,\n".encode(),
    }
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    page.wait_for_selector("body[data-inspected='late.csv']")
    job = {"job_id": "01a202d9-0000-7000-8000-000000000000", "kind": "import_file", "state": "running", "progress": 0.4,
           "words": "locating 12 shops without coordinates", "ended_at": None,
           "links": {"self": "/v1/jobs/x", "cancel": "/v1/jobs/x:cancel"}}  # fmt: skip
    stopped = job | {"state": "cancelled", "ended_at": "2026-11-23T01:00:00Z"}
    state = {"job": job}

    def cancel(route: Route) -> None:
        state["job"] = stopped
        route.fulfill(status=202, json=job)

    page.route("**/v1/imports", lambda route: route.fulfill(status=202, json=job))
    page.route("**/v1/jobs/x", lambda route: route.fulfill(json=state["job"]))
    page.route("**/v1/jobs/x:cancel", cancel)
    page.click("button[value=import]")
    expect(page.locator("#report .words")).to_contain_text("Locating 12")
    assert page.locator("#report progress").get_attribute("value") == "0.4"
    assert violations(page) == []
    page.click("#report button")
    expect(page.locator("#report [role=alert]")).to_contain_text("nothing was written")
    expect(page.locator("button[value=import]")).to_be_enabled()
    page.context.close()
