"""The states of the pages for the hotline, for whoever is on the road, and for the office that plans the days."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.scene import Scene, States, nothing_yet


def answered(scene: Scene) -> None:
    """The hotline's page with the owners of a shop."""
    scene.enter("hotline", "/who", wait="body[data-ready]")
    scene.page.fill("#search", "R00007")
    scene.page.wait_for_selector("#found li code")
    scene.page.press("#search", "Enter")
    scene.page.wait_for_selector("body[data-answered='1']")
    scene.page.wait_for_timeout(500)


def answered_then(scene: Scene) -> None:
    """The same on a day that is over."""
    answered(scene)
    scene.page.fill("#as-of", "2026-11-20")
    scene.page.wait_for_selector("body[data-answered='2']")


def opened_case(scene: Scene) -> None:
    """A case in the inbox of the inspector who has to solve it."""
    with scene.served.as_person("hotline") as caller:
        place = {"lon": float(scene.served.seeded.lon[0]), "lat": float(scene.served.seeded.lat[0])}
        owners = caller.get("/v1/ownership", params=place).json()["layers"]
        body = {"type": "complaint", "subject": "门口摆卖散支烟", "content": "今天上午看到。", "place": place}
        caller.post("/v1/collaborations", json=body)
    mine = next(layer for layer in owners if layer["layer"] == "inspection")["owner"]["staff_code"] == "I01"
    scene.enter("market_inspector" if mine else "hotline", "/inbox", wait="body[data-ready]")
    if not mine:
        scene.page.locator(".tabs [role=tab]").nth(1).click()  # what I opened
        scene.page.wait_for_timeout(500)
    scene.page.locator("#items .item").first.click()
    scene.page.wait_for_selector("body[data-read]")


def today(path: str = "/today") -> Callable[[Scene], None]:
    """Give the working day of an inspector."""
    return lambda scene: scene.enter("market_inspector", path)


def proposal(scene: Scene) -> None:
    """A day that would change."""
    scene.enter("customer_manager", "/today")
    if not scene.page.locator(".proposal").count():
        with scene.page.expect_navigation():
            scene.page.click("[data-late='20']")
    scene.page.wait_for_timeout(400)


def board(scene: Scene) -> None:
    """The day board with one person chosen."""
    scene.enter("planner", "/days", wait="body[data-ready]")
    scene.page.locator("#staff button.row").nth(1).click()
    scene.page.wait_for_timeout(500)


def replan(scene: Scene) -> None:
    """A change of somebody's day before it is accepted."""
    scene.enter("planner", "/days", wait="body[data-ready]")
    row = scene.page.locator("#staff tbody tr", has=scene.page.locator("button.row", has_text="D02"))
    row.locator("button.quiet").click()
    scene.page.select_option("#replan-kind", "delay")
    scene.page.fill("#replan-value", "30")
    scene.page.click("#replan button[type=submit]")
    scene.page.wait_for_selector(".outcome li")


FIELD: States = {
    "who": lambda scene: scene.go("/who", "body[data-ready]"),
    "who-answer": answered,
    "who-then": answered_then,
    "inbox": lambda scene: scene.go("/inbox", "body[data-ready]"),
    "inbox-case": opened_case,
    "today": today(),
    "today-none": today("/today?day=2026-11-28"),
    "today-proposal": proposal,
    "today-print": today("/today/print"),
    "day-board": board,
    "day-board-replan": replan,
    "day-board-empty": nothing_yet("/days?day=2026-11-28", wait="body[data-ready]"),
}
