"""The grid editor in headless Chromium by software rendering: 5,000 units, 5,000 shops, 12 grids, every bar in one run.

    python -m benchmarks.pages [--seeds 1 2 3 4 5] [--frames 180]

A synthetic district is served from a private cluster; Chromium is `/usr/bin/chromium`. One pointer event a frame draws
a spiral with a brush of 19 units. CPU a frame is that of the renderer and of the GPU process, which paints by software.
Times of a shared machine vary; every figure is a median or a p95 of what one run saw.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from gridsvc import cluster
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import migrate
from tests.api.conftest import PASSWORD, Served, serving_district
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, ROOT
from tests.conftest import _digest_of as digest_of

RINGS, N_SHOPS, N_GRIDS = 40, 5000, 12  # 4,921 cells
STATIC = Path(__file__).parents[1] / "api" / "web" / "static" / "js"

STROKE = """async ([frames, seed]) => {
  const { state } = await import('/static/js/planner/state.js');
  state.size = 2;
  state.target = seed % state.model.grids.length;
  const map = document.getElementById('map');
  const box = map.getBoundingClientRect();
  const fire = (kind, x, y) => map.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, pointerId: 1,
    clientX: box.left + x, clientY: box.top + y, button: 0, buttons: kind === 'pointerup' ? 0 : 1 }));
  map.setPointerCapture = () => {};
  const between = [];
  let last = performance.now();
  fire('pointerdown', box.width / 2, box.height / 2);
  for (let frame = 0; frame < frames; frame += 1) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    between.push(now - last);
    last = now;
    const turn = (frame / frames) * Math.PI * 6 + seed;
    const reach = 30 + (frame / frames) * Math.min(box.width, box.height) * 0.38;
    fire('pointermove', box.width / 2 + reach * Math.cos(turn), box.height / 2 + reach * Math.sin(turn));
  }
  fire('pointerup', 0, 0);
  return between.slice(3);
}"""

SUMS = """async () => {
  const { state } = await import('/static/js/planner/state.js');
  const { showNumbers } = await import('/static/js/planner/panel.js');
  const { Step } = await import('/static/js/planner/history.js');
  const { model } = state;
  const took = [];
  const step = new Step('');
  for (let turn = 0; turn < 200; turn += 1) {
    const unit = (turn * 7919) % model.nUnits;
    const began = performance.now();
    for (const near of model.disc(unit, 2)) step.move(model, near, turn % model.grids.length);
    showNumbers(model.pieces());
    took.push(performance.now() - began);
  }
  step.apply(model, 0);
  return took;
}"""

FRAMES = """async (ms) => {
  const between = [];
  let last = performance.now();
  const end = last + ms;
  while (last < end) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    between.push(now - last);
    last = now;
  }
  return between;
}"""


def p95(values: list[float]) -> float:
    """Give the 95th percentile, NaN of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else float("nan")


def main() -> None:
    """Measure and print one row a bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--frames", type=int, default=180)
    given = parser.parse_args()
    folder = Path(os.environ["GRIDSVC_VAR_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with cluster.running(folder, durable=False) as database:
        template = cluster.template(
            database, digest_of(ROOT / "gridsvc" / "storage"), lambda fresh: migrate(fresh.owner_url)
        )
        with (
            cluster.cloned(database, template) as fresh,
            serving_district(fresh, rings=RINGS, n_shops=N_SHOPS, n_grids=N_GRIDS, is_prepared=True) as served,
            sync_playwright() as playwright,
        ):
            assert served.app.state.preparation.is_done.wait(300)  # /readyz says ready
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_FLAGS))
            rows = measure(browser, served, given.seeds, given.frames)
            browser.close()
    print("| what | bar | measured |\n|---|---|---|")
    for what, bar, found in rows:
        print(f"| {what} | {bar} | {found} |")


def measure(browser: Browser, served: Served, seeds: list[int], frames: int) -> list[tuple[str, str, str]]:
    """Give (what, bar, measured) for every bar of the editor."""
    with served.as_key(AccountRole.PLANNER) as client:
        body = {"title": "benchmark", "start": "current", "layers": ["inspection"]}
        plan_id = client.post("/v1/plans", json=body).json()["plan_id"]
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    context.set_default_timeout(120_000)
    page = context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(f"{served.address}/login?to=/plans")
    page.fill("#user_name", "planner")
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("body[data-painted]")
    editor = f"{served.address}/plans/{plan_id}/edit?layer=inspection"
    painted = [opened(page, editor) for _ in range(len(seeds) + 1)]
    page.wait_for_timeout(1500)
    rows = [("navigation to painted, first", "1,500 ms", f"{painted[0]:.0f} ms")]
    rows.append(("navigation to painted, again, median", "1,500 ms", f"{statistics.median(painted[1:]):.0f} ms"))
    rows += strokes(browser, page, seeds, frames)
    rows.append(("sums, pieces, table, p95", "16 ms", f"{p95(page.evaluate(SUMS)):.1f} ms"))
    rows += steps_and_save(page, seeds)
    rows += moving(page)
    script = sum(len(gzip.compress(file.read_bytes(), 6)) for file in editor_scripts(addresses))
    rows.append(("the planner's JavaScript, gzip, without Leaflet", "90 KB", f"{script / 1000:.1f} KB"))
    strangers = {url for url in addresses if not url.startswith((served.address, "data:"))}
    rows.append(("requests to other hosts", "0", str(len(strangers))))
    context.close()
    return rows


def opened(page: Page, address: str) -> float:
    """Open the editor and give the milliseconds until it was painted."""
    page.goto(address)
    page.wait_for_selector("body[data-painted]")
    return float(page.evaluate("performance.getEntriesByName('painted')[0].startTime"))


def strokes(browser: Browser, page: Page, seeds: list[int], frames: int) -> list[tuple[str, str, str]]:
    """Draw one spiral a seed."""
    whole = browser.new_browser_cdp_session()
    rates, renderer_ms, all_ms = [], [], []
    for seed in seeds:
        before = cpu_s(whole)
        between = page.evaluate(STROKE, [frames, seed])
        after = cpu_s(whole)
        renderer_ms.append((after["renderer"] - before["renderer"]) * 1000 / frames)
        all_ms.append((sum(after.values()) - sum(before.values())) * 1000 / frames)
        rates.append(1000 * len(between) / sum(between))
        page.wait_for_timeout(400)
    fps = f"{statistics.median(rates):.1f} ({min(rates):.1f}-{max(rates):.1f})"
    return [
        ("brush stroke, frames a second, median of seeds", "45", fps),
        ("brush stroke, CPU a frame, renderer and GPU process", "20 ms", f"{statistics.median(all_ms):.1f} ms"),
        ("of this the renderer", "-", f"{statistics.median(renderer_ms):.1f} ms"),
    ]


def cpu_s(session: CDPSession) -> dict[str, float]:
    """Give the CPU seconds of the processes that paint."""
    found: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return {
        kind: float(sum(process["cpuTime"] for process in found if process["type"] == kind))
        for kind in ("renderer", "GPU")
    }


def steps_and_save(page: Page, seeds: list[int]) -> list[tuple[str, str, str]]:
    """Undo and redo every stroke several times, save, and read what the page measured of itself."""
    for _ in range(4):
        for key in ("Control+z",) * len(seeds) + ("Control+y",) * len(seeds):
            page.keyboard.press(key)
            page.wait_for_timeout(30)
    page.wait_for_timeout(1500)
    for seed in range(8):
        page.evaluate(STROKE, [6, seed])
        page.keyboard.press("Control+s")
        page.wait_for_timeout(900)
    measures = "(name) => performance.getEntriesByName(name, 'measure').map((one) => one.duration)"
    undo, saved, routes = (page.evaluate(measures, name) for name in ("undo", "save", "route-time"))
    return [
        ("undo or redo of a stroke, worst", "80 ms", f"{max(undo):.0f} ms of {len(undo)}"),
        ("save a draft, p95", "300 ms", f"{p95(saved):.0f} ms of {len(saved)}"),
        ("route time of the touched grids after a stroke, p95", "200 ms", f"{p95(routes):.0f} ms of {len(routes)}"),
    ]


def moving(page: Page) -> list[tuple[str, str, str]]:
    """Drag and zoom the map while frames are counted."""
    page.keyboard.press("v")
    page.evaluate(f"window.between = ({FRAMES})(2500); 0")  # a promise: asked for, it is waited for
    page.mouse.move(500, 450)
    page.mouse.down()
    for step in range(60):
        page.mouse.move(500 + 160 * ((step % 20) / 20), 450 + 2 * step % 120)
    page.mouse.up()
    drag = page.evaluate("window.between")
    page.evaluate(f"window.between = ({FRAMES})(2500); 0")  # a promise: asked for, it is waited for
    for step in range(12):
        page.mouse.wheel(0, -240 if step < 6 else 240)
        page.wait_for_timeout(120)
    wheel = page.evaluate("window.between")
    return [
        ("drag, frame p95", "33 ms", f"{p95(drag):.0f} ms of {len(drag)}"),
        ("wheel zoom, frame p95", "50 ms", f"{p95(wheel):.0f} ms of {len(wheel)}"),
    ]


def editor_scripts(addresses: list[str]) -> list[Path]:
    """Give the modules that the editor loaded, Leaflet left out."""
    names = {url.split("/static/js/")[1].split("?")[0] for url in addresses if "/static/js/" in url}
    return [STATIC / name for name in sorted(names)]


if __name__ == "__main__":
    main()
