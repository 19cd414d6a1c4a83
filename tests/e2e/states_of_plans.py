"""The states of the pages around plans: sign-in, map, list, comparison, sheets, handover, organisation."""

from __future__ import annotations

from gridsvc.domain.permissions import AccountRole
from gridsvc.settings import Settings
from gridsvc.wiring import identity_provider
from tests.e2e.scene import Scene, States, nothing_yet


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


def wrong_password(scene: Scene) -> None:
    """The form after a wrong password."""
    scene.page.context.clear_cookies()
    scene.page.goto(f"{scene.served.address}/login")
    scene.page.fill("#user_name", "planner")
    scene.page.fill("#password", "wrong")
    scene.page.click("button[type=submit]")
    scene.page.wait_for_selector("[role=alert]")


def with_provider(scene: Scene) -> None:
    """The form of a service whose people may come from an identity provider."""
    state = scene.served.app.state
    state.identity_provider = identity_provider(Settings(oidc_issuer="https://sign-in.example"))
    scene.page.context.clear_cookies()
    scene.page.goto(f"{scene.served.address}/login")
    scene.page.wait_for_selector("a[href='/login/oidc']")
    state.identity_provider = None


def running_job(scene: Scene) -> None:
    """The map while a search of somebody runs."""
    job = {"job_id": "x", "kind": "design_draft", "state": "running", "progress": 0.42,
           "words": "round 2, 1,200 iterations", "ended_at": None}  # fmt: skip
    scene.page.route("**/v1/jobs?*", lambda route: route.fulfill(json={"items": [job]}))
    scene.go("/")
    scene.page.wait_for_selector("#progress progress")


def compared(scene: Scene) -> None:
    """Two drafts side by side."""
    scene.go(f"/plans/compare?plan={scene.plan_id}&plan={scene.other_id}")


def handover(scene: Scene) -> None:
    """The lists of whoever gives shops away and takes them."""
    scene.enter("admin", f"/plans/{scene.other_id}/handover")


def printed_handover(scene: Scene) -> None:
    """The lists as a printer gets them."""
    scene.page.emulate_media(media="print")
    handover(scene)


def records(scene: Scene) -> None:
    """The forms of a department and of a person."""
    scene.enter("admin", "/people")
    for section in scene.page.locator(".people-page section").all():
        section.locator(".records summary").first.click()


def refused_record(scene: Scene) -> None:
    """A department that gets a head whom nobody knows."""
    scene.enter("admin", "/people")
    first = scene.page.locator(".records details").first
    first.locator("summary").click()
    first.locator("[name=head_staff_code]").fill("X99")
    first.locator("button").click()
    scene.page.wait_for_selector("[role=alert]")


PLANS: States = {
    "sign-in-wrong": wrong_password,
    "sign-in-provider": with_provider,
    "map": lambda scene: scene.go("/"),
    "map-menu": menu,
    "map-job": running_job,
    "map-empty": nothing_yet("/", wait="body[data-painted]"),
    "plans": lambda scene: scene.go("/plans"),
    "plans-empty": nothing_yet("/plans", wait="body[data-painted]"),
    "plans-new": new_plan,
    "plans-publish": publishing,
    "compare": compared,
    "sheets": lambda scene: scene.go(f"/plans/{scene.plan_id}/sheets"),
    "sheets-print": printed,
    "handover": handover,
    "handover-none": lambda scene: scene.enter("admin", f"/plans/{scene.plan_id}/handover"),
    "handover-print": printed_handover,
    "people": lambda scene: scene.enter("admin", "/people"),
    "people-open": records,
    "people-refused": refused_record,
    "not-found": lambda scene: scene.go("/nowhere", "main"),
}
