"""The organisation, the handover of shops and the sign-in with a provider, as people use them in a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from tests.api.conftest import Served
from tests.api.test_oidc import Provider, provider  # noqa: F401
from tests.e2e.axe import violations
from tests.e2e.conftest import LOCALES, open_page
from tests.e2e.scene import Scene

MAKE = {"zh": "新建部门", "en": "New department"}
DEPUTIES = {"zh": "代理人顺位 I03、I02", "en": "Deputies I03, I02"}
TAKEN = {"zh": "已移交", "en": "Handed over"}


@pytest.mark.parametrize("language", LOCALES)
def test_the_button_of_the_provider_leads_there_and_back_to_the_map(
    browser: Browser,
    served: Served,
    provider: Provider,  # noqa: F811
    language: str,
) -> None:
    provider.expires = int((served.clock.instant + timedelta(hours=1)).timestamp())
    context, known = open_page(browser, language=language)
    known.page.goto(f"{served.address}/login")
    assert violations(known.page) == []
    known.page.click("a[href='/login/oidc']")
    known.page.wait_for_selector("body[data-painted]")
    expect(known.page.locator("body")).to_contain_text("zhang.san")
    provider.subject = "p-99"  # whom nobody linked to an account here
    context.clear_cookies()
    known.page.goto(f"{served.address}/login")
    with known.page.expect_response(lambda answer: "/login/oidc/" in answer.url or answer.status == 401):
        known.page.click("a[href='/login/oidc']")
    known.page.goto(f"{served.address}/people")
    expect(known.page.locator("#password")).to_be_visible()
    provider.subject = "p-17"
    context.close()


def record(page: Page, words: str) -> None:
    """Open the form of a person or a department."""
    page.locator(".records details", has_text=words).first.locator("summary").click()


@pytest.mark.parametrize("language", LOCALES)
def test_departments_and_people_are_changed_and_the_slower_of_two_is_told(
    browser: Browser, served: Served, pool: EnginePool, language: str
) -> None:
    context, known = open_page(browser, language=language)
    page = known.page
    Scene(served, served, page, pool).enter("admin", "/people")
    page.locator("details.new summary", has_text=MAKE[language]).click()
    page.fill("details.new [name=name]", f"市场三部 {language}")
    page.select_option("details.new [name=kind]", "market_department")
    page.select_option("details.new [name=layer]", "marketing")
    assert violations(page) == []
    page.click("details.new button")
    expect(page.locator(".records").first).to_contain_text(f"市场三部 {language}")

    slower = context.new_page()
    slower.goto(f"{served.address}/people")
    for tab in (page, slower):
        record(tab, "I01")
        tab.locator("details[open] [name=deputies]").fill("I03, I02")
        tab.locator("details[open] button").click()
        if tab is page:
            expect(tab.locator(".records details", has_text="I01").first).to_contain_text(DEPUTIES[language])
    expect(slower.locator("[role=alert]")).to_be_visible()
    assert violations(slower) == []
    with served.as_key(AccountRole.ADMIN) as client:
        version = client.get("/v1/staff/I01").headers["etag"]
        client.patch("/v1/staff/I01", json={"deputies": []}, headers={"If-Match": version}).raise_for_status()
    context.close()


@pytest.mark.parametrize("language", LOCALES)
def test_who_gives_shops_away_says_so_on_the_handover_list(
    browser: Browser, served: Served, pool: EnginePool, language: str
) -> None:
    context, known = open_page(browser, language=language, size="phone")
    scene = Scene(served, served, known.page, pool)
    plan_id = scene.other_id
    with served.as_key(AccountRole.ADMIN) as client:
        served.clock.instant += timedelta(minutes=1)
        for step in ("submit", "approve"):
            client.post(f"/v1/plans/{plan_id}:{step}").raise_for_status()
        client.post(f"/v1/plans/{plan_id}:publish", json={"reason": "summer"}).raise_for_status()
    scene.enter("market_inspector", f"/plans/{plan_id}/handover")
    assert violations(known.page) == []
    expect(known.page.locator("article")).to_have_count(1)  # one's own list, nobody else's
    known.page.locator("form button").first.click()
    expect(known.page.locator(".signatures").first).to_contain_text(TAKEN[language])
    expect(known.page.locator("form button")).to_have_count(0)
    assert violations(known.page) == []
    scene.enter("admin", f"/plans/{plan_id}/handover")
    expect(known.page.locator(".signatures", has_text=TAKEN[language]).first).to_be_visible()
    context.close()
