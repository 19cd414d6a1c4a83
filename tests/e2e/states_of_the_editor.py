"""The states of the grid editor."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Route

from tests.e2e.editor_page import Editor, change_as_another
from tests.e2e.engine_worker import work_off
from tests.e2e.scene import Scene, States


def editor(act: Callable[[Editor], None] | None = None) -> Callable[[Scene], None]:
    """Give a state of the editor."""

    def bring(scene: Scene) -> None:
        opened = scene.editor
        opened.open()
        opened.page.wait_for_timeout(700)
        if act:
            act(opened)
            opened.page.wait_for_timeout(900)

    return bring


def painting(opened: Editor) -> None:
    """The middle of a stroke."""
    opened.page.locator("tr[data-row='0'] button.row").click()
    points = [opened.point_of(opened.border_unit(1, 0)), opened.point_of(opened.units_of(1)[20])]
    opened.page.mouse.move(*points[0])
    opened.page.mouse.down()
    opened.page.mouse.move(*points[1], steps=4)


def detached(opened: Editor) -> None:
    """A part of a grid amid another."""
    inner = opened.model(
        "[...m.gridOfUnit.keys()].find((u) => m.gridOfUnit[u] === 3"
        " && m.disc(u, 2).every((v) => m.gridOfUnit[v] === 3))"
    )
    assert isinstance(inner, int)
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(inner)
    opened.page.mouse.move(5, 5)  # the brush lies over the outline


def erased(opened: Editor) -> None:
    """Units of nobody."""
    opened.page.click("[data-tool=eraser]")
    opened.click(opened.units_of(2)[6])


def locked(opened: Editor) -> None:
    """A locked grid that refuses."""
    opened.page.locator("tr[data-row='1'] .lock").click()
    opened.page.click("[data-tool=brush]")
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(opened.border_unit(1, 0))


def conflict(opened: Editor) -> None:
    """Somebody else changed the same unit."""
    unit = opened.border_unit(1, 0)
    change_as_another(opened, unit)
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(unit)
    opened.page.keyboard.press("Control+s")
    opened.page.wait_for_selector("#take-theirs")


def side(name: str) -> Callable[[Editor], None]:
    """Give a panel of the editor."""
    return lambda opened: opened.page.click(f"#side-{name}")


def split(opened: Editor) -> None:
    """A hot cell before it is split."""
    opened.page.click("[data-tool=split]")
    opened.click(opened.units_of(1)[20])
    opened.page.wait_for_selector("#split-go")


def offline(opened: Editor) -> None:
    """Strokes that could not be sent."""
    painted(opened)
    opened.page.context.set_offline(True)
    opened.page.keyboard.press("Control+s")
    opened.page.wait_for_timeout(1200)


def painted(opened: Editor) -> None:
    """A finished stroke."""
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(opened.border_unit(1, 0))


def merged(opened: Editor) -> None:
    """Somebody else changed something else meanwhile."""
    mine, theirs = opened.border_unit(1, 0), opened.border_unit(3, 2)
    change_as_another(opened, theirs)
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(mine)
    opened.page.keyboard.press("Control+s")


def previewing(scene: Scene) -> None:
    """A proposal of the engine before it is accepted."""
    opened = scene.editor
    opened.open()
    opened.page.click("#side-engine")
    with opened.page.expect_response(lambda answer: answer.url.endswith(":design") and answer.status == 202):
        opened.page.click("[data-engine=design]")
    work_off(scene.served, scene.pool)
    opened.page.wait_for_selector("#engine-accept")
    opened.page.wait_for_timeout(700)


def pricing(scene: Scene) -> None:
    """What lifting each rule of a plan would give."""
    opened = scene.editor
    opened.open()
    opened.page.locator("tr[data-row='2'] .lock").click()
    opened.page.click("#side-why")
    with opened.page.expect_response(lambda answer: answer.url.endswith(":explain") and answer.status == 202):
        opened.page.click("#price-rules")
    work_off(scene.served, scene.pool)
    opened.page.wait_for_selector("#prices ol")
    opened.page.locator("#prices").scroll_into_view_if_needed()


def failing(scene: Scene) -> None:
    """The editor when the service fails."""

    def fail(route: Route) -> None:
        route.fulfill(status=500, content_type="application/problem+json", body='{"detail": "the service failed"}')

    scene.page.route("**/bench*", fail)
    scene.page.goto(f"{scene.served.address}/plans/{scene.plan_id}/edit")
    scene.page.wait_for_selector("body[data-failed]")
    scene.page.unroute("**/bench*")


def loading(scene: Scene) -> None:
    """The editor while it waits."""
    scene.page.route("**/bench*", lambda route: None)
    scene.page.goto(f"{scene.served.address}/plans/{scene.plan_id}/edit")
    scene.page.wait_for_timeout(900)


def read_only(scene: Scene) -> None:
    """The editor for whoever may not write."""
    plan_id = scene.plan_id
    scene.enter("approver", f"/plans/{plan_id}/edit", wait="body[data-painted]")


EDITOR: States = {
    "editor": editor(),
    "editor-loading": loading,
    "editor-error": failing,
    "editor-read-only": read_only,
    "editor-painting": editor(painting),
    "editor-detached": editor(detached),
    "editor-erased": editor(erased),
    "editor-locked": editor(locked),
    "editor-conflict": editor(conflict),
    "editor-merged": editor(merged),
    "editor-offline": editor(offline),
    "editor-split": editor(split),
    "editor-check": editor(side("check")),
    "editor-engine": editor(side("engine")),
    "editor-preview": previewing,
    "editor-why": editor(side("why")),
    "editor-prices": pricing,
    "editor-keys": editor(lambda opened: opened.page.click("#keys")),
    "editor-legend": editor(lambda opened: opened.page.click("#legend summary")),
}
