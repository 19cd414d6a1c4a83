"""Streets come in as one network; edges that lead nowhere are rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.storage import Store, streets
from gridsvc.usecases.import_streets import import_streets
from tests.gridsvc.usecases.small_town import SOUTH, WEST, WGS84, make_town, write_csv


def _nodes(folder: Path) -> Path:
    rows = [{"node": f"n{k}", "lon": WEST + 0.002 * k, "lat": SOUTH + 0.01} for k in range(5)]
    return write_csv(folder / "nodes.csv", rows)


def _edge(u: str, v: str, **values: object) -> dict[str, object]:
    return {"u": u, "v": v, "length_m": 200, "speed_kmph": 30, "oneway": 0, "name": "Main Street", "wkt": ""} | values


def test_bad_edges_are_rejected_and_the_rest_is_a_network(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "500001", tmp_path)
    edges = [
        _edge("n0", "n1"), _edge("n1", "n2"), _edge("n1", "n2"), _edge("n2", "nowhere"), _edge("n3", "n3"),
        _edge("n2", "n3", length_m="", wkt="LINESTRING (106.704 26.59, 106.705 26.592, 106.706 26.59)"),
        _edge("n3", "n0", wkt="LINESTRING (broken"),
    ]  # fmt: skip
    path = write_csv(tmp_path / "edges.csv", edges)
    report = import_streets(
        store, clock, adcode=adcode, actor="test", path=path, nodes=_nodes(tmp_path), options=WGS84
    )  # fmt: skip
    assert [(f.row_no, f.code) for f in report.findings] == [
        (4, "duplicate_edge"), (5, "unknown_node"), (6, "loop"), (8, "malformed_course"),
    ]  # fmt: skip
    assert (report.n_new, report.n_rejected) == (4, 3)
    with store.transaction(adcode) as tx:
        known, network = streets.columns(tx), streets.network(tx)
    assert known is not None
    assert network is not None
    assert list(known.node_code) == ["n0", "n1", "n2", "n3"]
    assert known.length_m[2] == pytest.approx(486, abs=3)  # along the course, not the 199 m of the straight line
    assert network.n_arcs == 8


def test_a_second_file_replaces_the_network(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "500002", tmp_path)
    who = {"adcode": adcode, "actor": "test", "nodes": _nodes(tmp_path), "options": WGS84}
    path = write_csv(tmp_path / "edges.csv", [_edge("n0", "n1"), _edge("n1", "n2")])
    import_streets(store, clock, path=path, **who)
    again = import_streets(store, clock, path=path, **who)
    write_csv(path, [_edge("n0", "n1", length_m=250)])
    changed = import_streets(store, clock, path=path, **who)
    assert again.changes_nothing
    assert (changed.n_changed, changed.n_removed) == (1, 1)
    with store.transaction(adcode) as tx:
        known = streets.columns(tx)
    assert known is not None
    assert known.length_m.tolist() == [250]


def test_edges_that_join_nothing_are_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "500003", tmp_path)
    path = write_csv(tmp_path / "edges.csv", [_edge("a", "b")])
    with pytest.raises(BadInput, match="no edge joins") as caught:
        import_streets(store, clock, adcode=adcode, actor="test", path=path, nodes=_nodes(tmp_path), options=WGS84)
    assert "names a and b" in caught.value.violations[0]
    with pytest.raises(BadInput, match="--crs"):
        import_streets(store, clock, adcode=adcode, actor="test", path=path, nodes=_nodes(tmp_path))


def test_directed_edges_lead_one_way_unless_they_say_otherwise(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "500004", tmp_path)
    edges = [_edge("n0", "n1", oneway=""), _edge("n1", "n2", oneway=""), _edge("n2", "n0", oneway="no")]
    path = write_csv(tmp_path / "edges.csv", edges)
    who = {"adcode": adcode, "actor": "test", "path": path, "nodes": _nodes(tmp_path), "options": WGS84}
    both_ways = import_streets(store, clock, **who)
    directed = import_streets(store, clock, is_directed=True, **who)
    assert not any("one way only" in note for note in both_ways.notes)
    assert "2 edges lead one way only" in directed.notes
    assert directed.n_changed == 2
    with store.transaction(adcode) as tx:
        network = streets.network(tx)
    assert network is not None
    assert network.n_arcs == 4  # three there, one of them back
