"""Administrative units and cells of several sizes are drawn, painted and counted like even cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Browser

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.make_units import make_units
from tests.api.conftest import Served
from tests.e2e.editor_page import Editor, editing, new_draft
from tests.e2e.town import serving_town
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, shops, write_geojson

COLUMNS = 8
ROLES = {AccountRole.PLANNER: None, AccountRole.ADMIN: None}
TOUCHING = """async () => {
  const { state } = await import('/static/js/planner/state.js');
  const { start, items } = state.model.touching;
  return [...Array(state.model.nUnits).keys()].map((unit) => [...items.subarray(start[unit], start[unit + 1])].sort((a, b) => a - b));
}"""  # noqa: E501


def half_and_half() -> list[dict[str, object]]:
    """Western shops belong to the first of each role, eastern ones to the second."""
    rows = owner_rows(shops(128))
    for row in rows:
        number = int(str(row["retailer_code"])[1:])
        row["staff_code"] = f"{str(row['staff_code'])[0]}{1 + (number % 16 >= 8)}"
    return rows


def blocks(town: SmallDistrict) -> Path:
    """64 communities, a chessboard over the town; the last one has a bite out of it."""
    features = []
    for number in range(COLUMNS**2):
        x, y = number % COLUMNS, number // COLUMNS
        west, south = WEST + (EAST - WEST) * x / COLUMNS, SOUTH + (NORTH - SOUTH) * y / COLUMNS
        shape = shapely.box(west, south, west + (EAST - WEST) / COLUMNS, south + (NORTH - SOUTH) / COLUMNS)
        features.append(({"area_code": f"5201030010{number:02d}", "name": f"社区{number}"}, shape))
    return write_geojson(town.folder / "blocks.geojson", features)


@pytest.fixture(scope="module")
def town(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """Give a town of two people a role."""
    store = Store(database.app_url)
    yield build(store, tmp_path_factory.mktemp("town"), adcode="520104", owners=half_and_half(), coarsest=8)
    store.close()


@pytest.fixture(scope="module")
def open_town(town: SmallDistrict, database: RunningDatabase) -> Iterator[Served]:
    """Serve the town."""
    with serving_town(town, database, ROLES) as known:
        yield known


@pytest.fixture(params=["areas", "adaptive"])
def served(request: pytest.FixtureRequest, town: SmallDistrict, open_town: Served) -> Served:
    """Make the town's newest units of areas, or of cells of three sizes."""
    if request.param == "areas":
        import_areas(town.store, town.clock, adcode=town.adcode, actor="test", path=blocks(town), level="community")
        make_units(town.store, town.clock, adcode=town.adcode, actor="test", kind="areas", level="community")
    else:
        make_units(town.store, town.clock, adcode=town.adcode, actor="test", coarsest=8, split_above=6)
    return open_town


def test_units_of_any_kind_are_painted_and_counted_as_the_service_counts(browser: Browser, served: Served) -> None:
    with editing(browser, served, plan_id=new_draft(served, layers=["inspection"])) as editor:
        page = editor.page
        shapes = page.evaluate("fetch('/v1/unit-sets/' + JSON.parse(document.getElementById('setup').textContent).plan.unit_set_id).then((a) => a.json())")  # fmt: skip  # noqa: E501
        touching = page.evaluate(TOUCHING)
        beside = [set() for _ in touching]
        for a, b in shapes["edges"]:
            beside[a].add(b)
            beside[b].add(a)
        assert all(own <= set(seen) for own, seen in zip(beside, touching, strict=True))  # drawn borders are borders
        if shapes["kind"] == "h3":
            assert len({cell[1] for cell in shapes["ids"]}) > 1
        page.locator("tr[data-row='0'] button.row").click()
        page.locator("#size").fill("1")
        on_the_map = [unit for unit in editor.units_of(1) if is_free(*editor.point_of(unit))]
        by_longitude = sorted(on_the_map, key=lambda unit: editor.point_of(unit)[0])
        editor.drag([by_longitude[0], by_longitude[-1]])
        assert len(page.evaluate("import('/static/js/planner/state.js').then(({ state }) => [...state.history.done.at(-1).units.keys()])")) > 3  # fmt: skip  # noqa: E501
        compare_with_the_service(editor)
        page.keyboard.press("Control+z")
        page.locator("#size").fill("0")
        editor.click(editor.border_unit(1, 0))
        compare_with_the_service(editor)
        assert editor.watched.is_clean(served.address)


def is_free(x: float, y: float) -> bool:
    """Say whether a point of the page is on the map, beside its boxes and tools."""
    return 240 < x < 740 and 200 < y < 740


def compare_with_the_service(editor: Editor) -> None:
    """Save, and compare shops, minutes, pieces and churn."""
    editor.save()
    draft = editor.draft()
    grids = draft["grids"]
    metrics = draft["metrics"]
    assert isinstance(grids, list)
    assert isinstance(metrics, dict)
    counted = editor.model("({ shops: [...m.shops], minutes: [...m.minutes], pieces: [...m.pieces().count], moved: m.nMoved, grids: [...m.gridOfUnit] })")  # fmt: skip  # noqa: E501
    assert isinstance(counted, dict)
    assert counted["grids"] == draft["grid_of_unit"]
    assert counted["shops"] == [grid["n_retailers"] for grid in grids]
    assert counted["minutes"] == pytest.approx([grid["load_min_per_day"] for grid in grids], abs=0.01)
    assert counted["pieces"] == [grid["n_pieces"] for grid in grids]
    assert counted["moved"] == metrics["n_moved"]
