"""Take a picture of every page in every state, on a desk and on a phone, in Chinese and English.

    python -m tests.e2e.gallery FOLDER [--only editor] [--sizes desktop phone] [--languages zh en] [--axe]

Writes FOLDER/STATE-SIZE-LANGUAGE.png and one sheet per state with all its variants, to be looked at by a person. With
--axe every picture is also judged by axe. Ends with 1 when a state could not be reached or axe finds something.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

from gridsvc import cluster
from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import migrate
from tests.api.conftest import PASSWORD, Served, serving_district
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, ROOT
from tests.conftest import _digest_of as digest_of
from tests.e2e.conftest import LOCALES, SIZES, Watched
from tests.e2e.editor_page import Editor, new_draft
from tests.e2e.test_engine_drawer import work_off
from tests.fakes.data_worker import data_worker


@dataclass
class Scene:
    """A page to be brought into a state; `empty` is a district in which nothing is planned yet."""

    served: Served
    empty: Served
    page: Page
    pool: EnginePool

    @cached_property
    def plan_id(self) -> str:
        """A draft."""
        return new_draft(self.served)

    @cached_property
    def other_id(self) -> str:
        """Another draft."""
        return new_draft(self.served, title="Summer redraw")

    @property
    def editor(self) -> Editor:
        """The editor of the plan on this page."""
        return Editor(self.served, Watched(self.page), self.plan_id, "inspection")

    def go(self, path: str, wait: str = "body[data-painted]") -> None:
        """Open an address and wait until it is painted."""
        self.page.goto(self.served.address + path)
        self.page.wait_for_selector(wait)
        self.page.wait_for_timeout(600)

    def enter(self, user_name: str, path: str, *, where: Served | None = None, wait: str = "main") -> None:
        """Sign in as somebody else and open an address."""
        self.page.context.clear_cookies()
        self.page.clock.set_fixed_time(self.served.clock.instant)
        address = (where or self.served).address
        self.page.goto(f"{address}/login?to={path}")
        self.page.fill("#user_name", user_name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
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
    change_as_another(opened, unit)
    opened.page.locator("tr[data-row='0'] button.row").click()
    opened.click(unit)
    opened.page.keyboard.press("Control+s")
    opened.page.wait_for_selector("#take-theirs")


def change_as_another(opened: Editor, unit: int) -> None:
    """Give a unit to the third grid, as somebody else."""
    draft = opened.draft()
    grids = draft["grids"]
    assert isinstance(grids, list)
    with opened.served.as_key(AccountRole.ADMIN) as other:
        edit = {"kind": "move_units", "units": [unit], "to": grids[2]["grid_id"]}
        body = {"layer": "inspection", "edits": [edit], "step": ""}
        other.patch(f"/v1/plans/{opened.plan_id}/draft", json=body, headers={"If-Match": f'"{draft["revision"]}"'})


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


def uploading(scene: Scene) -> None:
    """A spreadsheet whose columns were guessed."""
    scene.go("/data", "body[data-painted=reviews]")
    scene.page.click("#tab-upload")
    rows = ["门店,许可证号,地址,经度,纬度", "新店,880000000001,新路1号,106.72,26.58", "坏店,??,新路2号,106.72,26.58"]
    file = Path(tempfile.mkdtemp()) / "零售户.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    scene.page.set_input_files("#file", file)
    scene.page.wait_for_selector("body[data-inspected]")


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
        scene.page.locator(".tabs [role=tab]").last.click()
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


def wrong_password(scene: Scene) -> None:
    """The form after a wrong password."""
    scene.page.context.clear_cookies()
    scene.page.goto(f"{scene.served.address}/login")
    scene.page.fill("#user_name", "planner")
    scene.page.fill("#password", "wrong")
    scene.page.click("button[type=submit]")
    scene.page.wait_for_selector("[role=alert]")


def nothing_yet(path: str, user: str = "admin", wait: str = "main") -> Callable[[Scene], None]:
    """Give a page of a district in which nothing is planned yet."""
    return lambda scene: scene.enter(user, path, where=scene.empty, wait=wait)


STATES: dict[str, Callable[[Scene], None]] = {
    "sign-in-wrong": wrong_password,
    "map": lambda scene: scene.go("/"),
    "map-menu": menu,
    "map-empty": nothing_yet("/", wait="body[data-painted]"),
    "plans": lambda scene: scene.go("/plans"),
    "plans-empty": nothing_yet("/plans", wait="body[data-painted]"),
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
    "data": lambda scene: scene.go("/data", "body[data-painted=reviews]"),
    "data-upload": uploading,
    "data-report": data_report,
    "data-job": data_job,
    "data-doubt": data_doubt,
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
    "day-board-empty": nothing_yet("/days", wait="body[data-ready]"),
    "not-found": lambda scene: scene.go("/nowhere", "main"),
}


def take(browser: Browser, served: Served, empty: Served, folder: Path, given: argparse.Namespace) -> list[str]:
    """Take every picture that was asked for; give what could not be reached, and what axe finds."""
    failed = []
    signed_in = {language: storage_of(browser, served, language) for language in given.languages}
    with EnginePool(1) as pool:
        for state, bring in STATES.items():
            if given.only and not any(state.startswith(name) for name in given.only):
                continue
            shots = []
            for size in given.sizes:
                for language in given.languages:
                    width, height = SIZES[size]
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, locale=LOCALES[language],
                        storage_state=signed_in[language],
                    )  # fmt: skip
                    context.set_default_timeout(60_000)
                    shots.append(folder / f"{state}-{size}-{language}.png")
                    scene = Scene(served, empty, context.new_page(), pool)
                    try:
                        bring(scene)
                    except Error as error:  # the picture shows how far it came
                        failed.append(f"{shots[-1].stem}: {str(error).splitlines()[0]}")
                    scene.page.screenshot(path=shots[-1])
                    if given.axe:
                        failed += [f"{shots[-1].stem}: {words}" for words in violations(scene.page)]
                    context.close()
            sheet(browser, shots, folder / f"sheet-{state}.png")
    return failed


def storage_of(browser: Browser, served: Served, language: str) -> Any:
    """Sign in by the form and give the cookies."""
    context = browser.new_context(locale=LOCALES[language])
    page = context.new_page()
    page.goto(f"{served.address}/login?to=/plans")
    page.fill("#user_name", "admin")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("body[data-painted]")
    state = context.storage_state()
    context.close()
    return state


def violations(page: Page) -> list[str]:
    """Give what axe finds: rule, target and summary."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


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
    parser.add_argument("--axe", action="store_true", help="judge every state by axe as well")
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
            cluster.cloned(database, template) as bare,
            serving_district(fresh, rings=9, n_shops=400, n_grids=5) as served,
            data_worker(served.service, served.seeded.adcode),
            serving_district(bare, rings=9, n_shops=400, n_grids=5, with_plan=False) as empty,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_FLAGS))
            failed = take(browser, served, empty, given.folder, given)
            browser.close()
    for words in failed:
        print(words)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
