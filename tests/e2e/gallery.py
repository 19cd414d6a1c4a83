"""Take a picture of every page in every state, on a desk and on a phone, in Chinese and English.

    python -m tests.e2e.gallery FOLDER [--only editor] [--sizes desktop phone] [--languages zh en]

Writes FOLDER/STATE-SIZE-LANGUAGE.png and one sheet per state with all its variants, to be looked at by a person.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

from gridsvc import cluster
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import migrate
from tests.api.conftest import PASSWORD, Served, serving_district
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, ROOT
from tests.conftest import _digest_of as digest_of
from tests.e2e.conftest import LOCALES, SIZES, Watched
from tests.e2e.editor_page import Editor, new_draft
from tests.fakes.data_worker import data_worker


@dataclass
class Scene:
    """A page to be brought into a state."""

    served: Served
    page: Page
    plan_id: str
    other_id: str

    @property
    def editor(self) -> Editor:
        """The editor of the plan on this page."""
        return Editor(self.served, Watched(self.page), self.plan_id, "inspection")

    def go(self, path: str, wait: str = "body[data-painted]") -> None:
        """Open an address and wait until it is painted."""
        self.page.goto(self.served.address + path)
        self.page.wait_for_selector(wait)
        self.page.wait_for_timeout(900)


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
    draft = opened.draft()
    grids = draft["grids"]
    assert isinstance(grids, list)
    with opened.served.as_key(AccountRole.ADMIN) as other:
        edit = {"kind": "move_units", "units": [unit], "to": grids[2]["grid_id"]}
        body = {"layer": "inspection", "edits": [edit], "step": ""}
        other.patch(f"/v1/plans/{opened.plan_id}/draft", json=body, headers={"If-Match": f'"{draft["revision"]}"'})
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(unit)
    opened.page.keyboard.press("Control+s")


def side(name: str) -> Callable[[Editor], None]:
    """Give a panel of the editor."""
    return lambda opened: opened.page.click(f"#side-{name}")


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
    scene.page.context.clear_cookies()
    sign_in(scene, "approver")
    scene.editor.open()
    scene.page.wait_for_timeout(900)


def publishing(scene: Scene) -> None:
    """The checklist before a publication."""
    with scene.served.as_key(AccountRole.ADMIN) as client:
        for step in ("submit", "approve"):
            client.post(f"/v1/plans/{scene.other_id}:{step}")
    scene.go("/plans")
    scene.page.click(f"[data-plan='{scene.other_id}'] [data-act=publish]")
    scene.page.wait_for_timeout(1200)


def printed(scene: Scene) -> None:
    """The sheets as a printer gets them."""
    scene.page.emulate_media(media="print")
    scene.go(f"/plans/{scene.plan_id}/sheets")


def new_plan(scene: Scene) -> None:
    """The dialog for a new plan."""
    scene.go("/plans")
    scene.page.click("#new-plan")


def menu(scene: Scene) -> None:
    """The navigation of a narrow screen."""
    scene.go("/")
    if scene.page.locator("#menu").is_visible():
        scene.page.click("#menu")


MESSY = """店名,许可证号,客户编码,地址,经度,纬度,档位
甲,880000000001,X1,新路1号,106.7,26.6,B
乙,??,X2,新路2号,106.7,26.6,B
丙,880000000003,X1,新路3号,0,0,B
丁,880000000004,X4,新路4号,26.6,106.7,月
戊,880000000005,X5,不明路5号,,,B
"""


def data_report(scene: Scene, wait: str = "body[data-reported=dry]") -> None:
    """Judge a messy file and show the report."""
    scene.go("/data", "body[data-painted=reviews]")
    page = scene.page
    page.click("#tab-upload")
    page.set_input_files("#file", {"name": "零售户.csv", "mimeType": "text/csv", "buffer": MESSY.encode()})  # type: ignore[arg-type]
    page.wait_for_selector("body[data-inspected]")
    page.select_option("#crs", "wgs84")
    page.click("button[value=dry]")
    page.wait_for_selector(wait)
    page.evaluate("document.querySelector('#report').scrollIntoView()")
    page.wait_for_timeout(500)


def data_job(scene: Scene) -> None:
    """Show a file that is being taken in."""
    job = {"job_id": "x", "kind": "import_file", "state": "running", "progress": 0.4, "ended_at": None,
           "words": "locating 12 shops without coordinates", "links": {"self": "/v1/jobs/x"}}  # fmt: skip
    scene.page.route("**/v1/imports", lambda route: route.fulfill(status=202, json=job))
    scene.page.route("**/v1/jobs/x", lambda route: route.fulfill(json=job))
    data_report(scene, "#report progress")


def data_doubt(scene: Scene) -> None:
    """Check all points and show one doubt."""
    scene.go("/data", "body[data-painted=reviews]")
    scene.page.click("#check")
    scene.page.wait_for_selector("#chosen .notice.good")
    if scene.page.locator("#queue button.item").count():
        scene.page.locator("#queue button.item").first.click()
    scene.page.wait_for_timeout(700)


STATES: dict[str, Callable[[Scene], None]] = {
    "map": lambda scene: scene.go("/"),
    "map-menu": menu,
    "plans": lambda scene: scene.go("/plans"),
    "plans-new": new_plan,
    "plans-publish": publishing,
    "compare": lambda scene: scene.go(f"/plans/compare?plan={scene.plan_id}&plan={scene.other_id}"),
    "sheets": lambda scene: scene.go(f"/plans/{scene.plan_id}/sheets"),
    "sheets-print": printed,
    "editor": editor(),
    "editor-loading": loading,
    "editor-error": failing,
    "editor-read-only": read_only,
    "editor-painting": editor(painting),
    "editor-detached": editor(detached),
    "editor-erased": editor(erased),
    "editor-locked": editor(locked),
    "editor-conflict": editor(conflict),
    "editor-check": editor(side("check")),
    "editor-engine": editor(side("engine")),
    "editor-why": editor(side("why")),
    "editor-keys": editor(lambda opened: opened.page.click("#keys")),
    "editor-legend": editor(lambda opened: opened.page.click("#legend summary")),
    "data": lambda scene: scene.go("/data", "main"),
    "data_report": data_report,
    "data_job": data_job,
    "data_doubt": data_doubt,
    "who": lambda scene: scene.go("/who", "main"),
    "inbox": lambda scene: scene.go("/inbox", "main"),
    "day-board": lambda scene: scene.go("/days", "main"),
    "not-found": lambda scene: scene.go("/nowhere", "main"),
}


def sign_in(scene: Scene, user_name: str) -> None:
    """Sign in by the form."""
    scene.page.goto(f"{scene.served.address}/login?to=/plans")
    scene.page.fill("#user_name", user_name)
    scene.page.fill("#password", PASSWORD)
    scene.page.click("button[type=submit]")
    scene.page.wait_for_selector("body[data-painted]")


def take(browser: Browser, served: Served, folder: Path, given: argparse.Namespace) -> None:
    """Take every picture that was asked for."""
    for state, bring in STATES.items():
        if given.only and not any(state.startswith(name) for name in given.only):
            continue
        shots = []
        for size in given.sizes:
            for language in given.languages:
                width, height = SIZES[size]
                context = browser.new_context(viewport={"width": width, "height": height}, locale=LOCALES[language])
                context.set_default_timeout(60_000)
                scene = Scene(served, context.new_page(), new_draft(served), new_draft(served, title="Summer redraw"))
                sign_in(scene, "admin")
                bring(scene)
                shots.append(folder / f"{state}-{size}-{language}.png")
                scene.page.screenshot(path=shots[-1])
                context.close()
        sheet(browser, shots, folder / f"sheet-{state}.png")


def sheet(browser: Browser, shots: list[Path], out: Path) -> None:
    """Put the pictures of one state side by side."""
    page = browser.new_page(viewport={"width": 1900, "height": 1000})
    images = "".join(f'<img src="{shot.as_uri()}" style="height:620px;margin:4px">' for shot in shots)
    holder = out.with_suffix(".html")
    holder.write_text(f"<body style='margin:0;background:#888'>{images}</body>", encoding="utf-8")
    page.goto(holder.as_uri())
    page.screenshot(path=out, full_page=True)
    page.close()
    holder.unlink()


def main() -> None:
    """Serve a district and photograph its pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="states that begin so")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--languages", nargs="*", default=list(LOCALES))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    var = Path(os.environ["GRIDSVC_VAR_DIR"])
    var.mkdir(parents=True, exist_ok=True)
    with cluster.running(var, durable=False) as database:
        template = cluster.template(
            database, digest_of(ROOT / "gridsvc" / "storage"), lambda fresh: migrate(fresh.owner_url)
        )
        with (
            cluster.cloned(database, template) as fresh,
            serving_district(fresh, rings=9, n_shops=400, n_grids=5) as served,
            data_worker(served.service, served.seeded.adcode),
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_FLAGS))
            take(browser, served, given.folder, given)
            browser.close()


if __name__ == "__main__":
    main()
