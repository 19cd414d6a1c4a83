"""Other names come in by a file that stands for all of them; look-ups know them at once."""

from __future__ import annotations

from pathlib import Path

from gridsvc.clock import FixedClock
from gridsvc.storage import Store, aliases
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.import_aliases import import_aliases
from gridsvc.usecases.import_retailers import import_retailers
from tests.gridsvc.usecases.small_town import WGS84, make_town, shops, write_csv


def test_a_file_of_other_names_is_judged_and_used_at_once(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100034", tmp_path)
    who = {"adcode": adcode, "actor": "test"}
    register = write_csv(tmp_path / "shops.csv", shops(12))
    import_retailers(store, clock, **who, path=register, options=WGS84)  # type: ignore[arg-type]
    book = AddressBook(store)
    assert not book.gazetteer(adcode).parse("旧华路3号").street_key.startswith("中华路")
    rows = [("旧华路", "中华路", "道路"), ("中华路", "中华路", ""), ("新街", "不明大街", ""), ("", "中华路", ""),
            ("旧华路", "中华路", "道路"), ("老城", "某街道", "moon")]  # fmt: skip
    path = write_csv(tmp_path / "names.csv", [{"旧路名": a, "现名": n, "类别": k} for a, n, k in rows])
    tried = import_aliases(store, clock, **who, path=path, dry_run=True)  # type: ignore[arg-type]
    done = import_aliases(store, clock, **who, path=path)  # type: ignore[arg-type]
    assert tried.counts() == done.counts()
    assert [(f.row_no, f.code, f.severity.value) for f in done.findings] == [
        (3, "alias_of_itself", "rejected"), (4, "unknown_name", "suspicious"), (5, "missing_field", "rejected"),
        (6, "duplicate_alias", "rejected"), (7, "malformed_field", "rejected"),
    ]  # fmt: skip
    assert book.gazetteer(adcode).parse("旧华路3号").street_key == "中华路"
    with store.transaction(adcode) as tx:
        assert aliases.listed(tx) == [("street", "新街", "不明大街"), ("street", "旧华路", "中华路")]
    fewer = write_csv(tmp_path / "names.csv", [{"别名": "旧华路", "现名": "中华路", "类别": ""}])
    again = import_aliases(store, clock, **who, path=fewer)  # type: ignore[arg-type]
    assert (again.n_unchanged, again.n_removed) == (1, 1)
    with store.transaction(adcode) as tx:
        assert aliases.listed(tx) == [("street", "旧华路", "中华路")]
