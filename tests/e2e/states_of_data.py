"""The states of the page on which files are taken in and doubts settled."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.e2e.scene import Scene, States

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


DATA: States = {
    "data": lambda scene: scene.go("/data", "body[data-painted=reviews]"),
    "data-upload": uploading,
    "data-report": data_report,
    "data-job": data_job,
    "data-doubt": data_doubt,
}
