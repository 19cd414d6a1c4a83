"""The banner says why long work stopped in the language of whoever reads it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from gridsvc.clock import SystemClock
from gridsvc.storage import jobs
from tests.api.conftest import Served
from tests.e2e.conftest import open_page, sign_in

WORDS = {
    "zh": ("首次运行", "已停止：首次设计未满足全部规则，请在方案页重新设计"),
    "en": ("First run", "Stopped: The first design does not keep every rule"),
}


@pytest.mark.parametrize(("language", "size"), [("zh", "desktop"), ("en", "desktop"), ("zh", "phone")])
def test_a_first_run_that_failed_says_why_in_the_readers_language(
    browser: Browser, served: Served, language: str, size: str
) -> None:
    with served.service.store.transaction(served.seeded.adcode) as tx:
        job = jobs.start(tx, SystemClock(), "first_run", {}, started_by="operator")
        words = "the first design keeps not every rule; `plan design` tries again"
        jobs.end(tx, SystemClock(), job, jobs.JobState.FAILED, words)
    context, watched = open_page(browser, language=language, size=size)
    sign_in(watched, served, "admin")
    banner = watched.page.locator("#progress")
    for said in WORDS[language]:
        expect(banner).to_contain_text(said)
    context.close()
