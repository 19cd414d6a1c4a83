"""A stroke has no gap at any pointer speed: hypothesis draws the samples, the page's own geometry joins them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.api.conftest import Served
from tests.e2e.editor_page import editing

ALONG = """async (samples) => {
  const { neighboursOf } = await import('/static/js/planner/model.js');
  const { UnitIndex, cornersOf, shapesOf, shortestWay, sidesOf, unitsAlong } = await import('/static/js/topology.js');
  if (!window.geometry) {
    const id = JSON.parse(document.getElementById('setup').textContent).plan.unit_set_id;
    const { topology } = await (await fetch('/v1/unit-sets/' + id)).json();
    const shapes = shapesOf(topology, cornersOf(topology));
    const beside = neighboursOf(sidesOf(topology, topology.corners.length / 2).pairs, shapes.length);
    window.geometry = { index: new UnitIndex(shapes), beside };
  }
  const { index, beside } = window.geometry;
  const near = (unit) => beside.items.subarray(beside.start[unit], beside.start[unit + 1]);
  const touches = (a, b) => near(a).includes(b);
  const way = (a, b) => shortestWay(beside, a, b);
  const [west, north, east, south] = index.box;
  const at = ([x, y]) => {
    // within the middle half of the district's box every point lies in a unit
    return { x: west + (east - west) * (0.25 + x / 2), y: north + (south - north) * (0.25 + y / 2) };
  };
  const painted = new Set();
  let last = null;
  for (const sample of samples.map(at)) {
    for (const unit of last ? unitsAlong(index, last, sample, { touches, way }) : [index.at(sample.x, sample.y)]) painted.add(unit);
    last = sample;
  }
  const seen = new Set([[...painted][0]]);
  const queue = [...seen];
  while (queue.length) for (const unit of near(queue.pop())) if (painted.has(unit) && !seen.has(unit)) { seen.add(unit); queue.push(unit); }
  return [painted.size, seen.size, painted.has(-1)];
}"""  # noqa: E501

SAMPLE = st.tuples(st.floats(0, 1), st.floats(0, 1))


def test_a_stroke_is_one_piece_whatever_the_samples(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        check(editor.page)


def check(page: Page) -> None:
    """Draw 60 strokes of 2 to 8 samples."""

    @settings(max_examples=60, derandomize=True)
    @given(st.lists(SAMPLE, min_size=2, max_size=8))
    def is_one_piece(samples: list[tuple[float, float]]) -> None:
        n_painted, n_joined, has_outside = page.evaluate(ALONG, [list(sample) for sample in samples])
        assert n_painted == n_joined
        assert not has_outside

    is_one_piece()
