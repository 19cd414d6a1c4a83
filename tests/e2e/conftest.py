"""A browser, and a district to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from gridsvc.cluster import RunningDatabase
from gridsvc.engines.pool import EnginePool
from tests.api.conftest import PASSWORD, PATIENCE_S, Served, serving_district

expect.set_options(timeout=PATIENCE_S * 1000)
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


@pytest.fixture(scope="session")
def browser(chromium: Path, chromium_flags: list[str]) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=chromium_flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    """A district of 271 units, 400 shops and 5 grids a layer."""
    with serving_district(database, rings=9, n_shops=400, n_grids=5) as known:
        yield known


@pytest.fixture(scope="session")
def pool() -> Iterator[EnginePool]:
    """One child process for searches."""
    with EnginePool(1) as opened:
        yield opened


@dataclass
class Watched:
    """A page, what its console said, and which addresses it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _note(self, request: Request) -> None:
        self.addresses.append(request.url)

    def is_clean(self, address: str) -> bool:
        """Whether nothing complained and nobody else was asked."""
        strangers = [url for url in self.addresses if not url.startswith((address, "data:"))]
        assert (self.complaints, strangers) == ([], [])
        return True


def open_page(browser: Browser, *, size: str = "desktop", language: str = "zh") -> tuple[BrowserContext, Watched]:
    """Open an empty page of a size in a language."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=LOCALES[language])
    context.set_default_timeout(PATIENCE_S * 1000)
    return context, Watched(context.new_page())


def sign_in(watched: Watched, served: Served, user_name: str) -> None:
    """Sign in as a person does, and wait until the map is painted."""
    page = watched.page
    page.goto(served.address)
    page.fill("#user_name", user_name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("body[data-painted]")
