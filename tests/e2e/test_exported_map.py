"""Exported maps open with the network off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.storage import audit
from gridsvc.usecases.export_map import export_map
from tests.api.conftest import Served
from tests.e2e.conftest import Watched


def export(served: Served, out: Path, grid: str | None = None, language: str = "zh") -> int:
    return export_map(
        served.service.store, served.clock, adcode=served.seeded.adcode, actor="planner", layer=Layer.MARKETING,
        out=out, grid=grid, language=language,
    )  # fmt: skip


def test_the_report_makes_no_request_and_shows_everything(browser: Browser, served: Served, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    n_bytes = export(served, out)
    assert n_bytes == out.stat().st_size < 1_000_000
    context = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True)
    known = Watched(context.new_page())
    page = known.page
    page.goto(out.as_uri())
    expect(page.locator(".grid-number")).to_have_count(5)
    expect(page.locator(".sheet tbody tr")).to_have_count(6)
    text = page.locator(".sheet").inner_text()
    for mark in ("SYNTHETIC", "内部使用", "planner", "2026-11-23", "第 1 代"):
        assert mark in text
    drawn = page.evaluate(
        "() => [...document.querySelectorAll('canvas')].some((c) => c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some((value) => value > 0))"
    )
    assert drawn
    assert [address for address in known.addresses if not address.startswith("data:")] == [out.as_uri()]
    assert known.complaints == []
    context.close()


def test_a_sheet_per_grid_is_printed_on_a4(browser: Browser, served: Served, tmp_path: Path) -> None:
    out = tmp_path / "sheets.html"
    export(served, out, grid="all", language="en")
    context = browser.new_context(offline=True)
    known = Watched(context.new_page())
    page = known.page
    page.goto(out.as_uri())
    expect(page.locator("article")).to_have_count(5)
    assert page.locator("article tbody tr").count() == 400
    assert page.locator("article svg circle").count() == 400
    assert page.locator("script").count() == 0
    assert all("SYNTHETIC" in text for text in page.locator(".marks").all_inner_texts())
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") >= 5
    assert known.addresses == [out.as_uri()]
    context.close()


def test_one_grid_is_named_by_number_or_name_and_an_unknown_one_refused(served: Served, tmp_path: Path) -> None:
    by_number, by_name = tmp_path / "number.html", tmp_path / "name.html"
    export(served, by_number, grid="2")
    export(served, by_name, grid="M02")
    assert by_number.read_text() == by_name.read_text()
    with pytest.raises(NotFound, match="1 \\(M01\\)"):
        export(served, tmp_path / "none.html", grid="77")
    with pytest.raises(BadInput, match="languages are zh, en"):
        export(served, tmp_path / "none.html", language="fr")
    with pytest.raises(BadInput, match="cannot write"):
        export(served, tmp_path / "no folder" / "map.html")
    assert not (tmp_path / "none.html").exists()


def test_an_export_is_in_the_audit_chain(served: Served, tmp_path: Path) -> None:
    import sqlalchemy as sa

    from gridsvc.storage.tables import audit as audit_table

    export(served, tmp_path / "map.html")
    with served.service.store.transaction(served.seeded.adcode) as tx:
        assert audit.first_broken(tx) is None
        actors = tx.execute(sa.select(audit_table.c.actor).where(audit_table.c.action == "export_map")).scalars().all()
    assert set(actors) == {"planner"}


def test_names_cannot_smuggle_markup_into_an_export(browser: Browser, served: Served, tmp_path: Path) -> None:
    import sqlalchemy as sa

    from gridsvc.storage import districts
    from gridsvc.storage.tables import retailer

    attack = "</script><img src=x onerror=document.title='taken'>"
    with served.service.store.transaction(served.seeded.adcode) as tx:
        first = retailer.c.retailer_id == served.seeded.retailer_ids[0]
        before = tx.execute(sa.select(retailer.c.name).where(first)).scalar_one()
        tx.execute(retailer.update().where(first).values(name=attack))
        districts.bump_revision(tx)
    try:
        for grid in (None, "all"):
            out = tmp_path / f"map-{grid}.html"
            export(served, out, grid=grid)
            assert attack not in out.read_text()
            context = browser.new_context(offline=True)
            page = context.new_page()
            page.goto(out.as_uri())
            assert page.title() != "taken"
            assert page.locator("img[src=x]").count() == 0
            context.close()
    finally:
        with served.service.store.transaction(served.seeded.adcode) as tx:
            tx.execute(retailer.update().where(first).values(name=before))
            districts.bump_revision(tx)
