"""The map page before there is a plan, while the first planning runs, and when something new is published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from gridsvc.cluster import RunningDatabase
from gridsvc.storage import districts, jobs
from tests.api.conftest import Served, serving_district
from tests.e2e.conftest import open_page, sign_in


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    """A district with imported present owners and no plan."""
    with serving_district(database, rings=6, n_shops=150, n_grids=4, with_plan=False) as known:
        yield known


def test_without_a_plan_the_present_owners_are_shown_by_colour(browser: Browser, served: Served) -> None:
    context, known = open_page(browser)
    sign_in(known, served, "planner")
    page = known.page
    expect(page.locator("caption")).to_have_text("现有责任人（导入）")
    expect(page.locator("#table .notice")).to_contain_text("导入的现有责任人")
    assert page.locator(".grid-label").count() == 0
    assert len(set(page.locator(".swatch").evaluate_all("all => all.map((one) => one.style.backgroundColor)"))) == 4
    assert known.is_clean(served.address)
    context.close()


def test_a_running_job_is_shown_with_its_words_and_the_map_follows_a_change(browser: Browser, served: Served) -> None:
    store, clock, adcode = served.service.store, served.clock, served.seeded.adcode
    with store.transaction(adcode) as tx:
        job_id = jobs.start(tx, clock, "first_run", {}, started_by="operator")
        jobs.report(tx, job_id, 0.42, "designing grids: marketing")
    context, known = open_page(browser, language="en")
    sign_in(known, served, "planner")
    page = known.page
    expect(page.locator("#progress")).to_contain_text("designing grids: marketing")
    expect(page.locator("#progress .share")).to_have_text("42%")
    before = page.locator("body").get_attribute("data-painted")
    with store.transaction(adcode) as tx:
        jobs.end(tx, clock, job_id, jobs.JobState.DONE, "done")
        revision = districts.bump_revision(tx)
    expect(page.locator("#progress")).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-painted", f"inspection.0.{revision}")
    assert before != page.locator("body").get_attribute("data-painted")
    assert known.is_clean(served.address)
    context.close()
