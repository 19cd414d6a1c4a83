"""Take a picture of every page in every state, on a desk and on a phone, in Chinese and English.

    python -m tests.e2e.gallery FOLDER [--only editor] [--sizes desktop phone] [--languages zh en] [--axe]

Writes FOLDER/STATE-SIZE-LANGUAGE.png and one sheet per state with all its variants, to be looked at by a person. With
--axe every picture is also judged by axe. Ends with 1 when a state could not be reached or axe finds something.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, sync_playwright

from gridsvc import cluster
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import migrate
from tests.api.conftest import PASSWORD, Served, serving_district
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, ROOT
from tests.conftest import _digest_of as digest_of
from tests.e2e.axe import violations
from tests.e2e.conftest import LOCALES, SIZES
from tests.e2e.scene import Scene, States
from tests.e2e.states_of_data import DATA
from tests.e2e.states_of_plans import PLANS
from tests.e2e.states_of_the_editor import EDITOR
from tests.e2e.states_of_the_field import FIELD
from tests.fakes.data_worker import data_worker

STATES: States = PLANS | EDITOR | DATA | FIELD


def take(browser: Browser, served: Served, empty: Served, folder: Path, given: argparse.Namespace) -> list[str]:
    """Take every picture that was asked for; give what could not be reached, and what axe finds."""
    failed = []
    signed_in = {language: storage_of(browser, served, language) for language in given.languages}
    with EnginePool(1) as pool:
        for state, bring in STATES.items():
            if given.only and not any(state.startswith(name) for name in given.only):
                continue
            shots = []
            for language in given.languages:
                for size in given.sizes:
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
                    scene.page.unroute_all(behavior="ignoreErrors")  # a state may hold answers back
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


def sheet(browser: Browser, shots: list[Path], out: Path) -> None:
    """Put the pictures of one state side by side, a language a row."""
    page = browser.new_page(viewport={"width": 1330, "height": 1000})
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
