"""An address becomes a point that says how sure it is, and so does the owner of the place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.addresses import LocatedAddress
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.locate_address import locate_address
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import WGS84, shop, shops, write_csv


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """A town of 64 shops, the numbers 1 to 64 of one street, with a published plan."""
    store = Store(database.app_url, pool_size=4)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(64))
    built.pass_time(days=1)
    built.draw_and_publish(seed=1)
    yield built
    store.close()


@pytest.fixture(scope="module")
def book(district: SmallDistrict) -> AddressBook:
    return AddressBook(district.store)


def locate(district: SmallDistrict, book: AddressBook, address: str, **more: str) -> LocatedAddress:
    return locate_address(book, district.board, district.clock, adcode=district.adcode, address=address, **more)


def test_a_known_address_names_its_point_and_its_owners_with_their_probability(
    district: SmallDistrict, book: AddressBook
) -> None:
    found = locate(district, book, "中华路１０号")  # full-width digits
    assert (found.precision_class, found.score, found.method) == ("address", 1.0, "gazetteer")
    assert found.lon == pytest.approx(float(str(shop(9)["lon"])), abs=1e-6)
    for layer in found.layers:
        assert 0 < layer.confidence <= 1
        assert sum(chance.probability for chance in layer.owners) == pytest.approx(found.match_probability, abs=0.002)
        assert [c.probability for c in layer.owners] == sorted((c.probability for c in layer.owners), reverse=True)
    at_point = district.board.now(district.adcode).at_point(found.lon or 0, found.lat or 0, as_of=district.clock.now())
    likeliest = [layer.owners[0].owner for layer in found.layers]
    assert likeliest == [layer.owner for layer in at_point.layers]


def test_a_rough_address_is_less_sure_than_an_exact_one(district: SmallDistrict, book: AddressBook) -> None:
    exact, rough = (locate(district, book, address) for address in ("中华路10号", "中华路"))
    assert rough.precision_class == "street"
    assert not rough.is_certain
    assert all(r.confidence < e.confidence for r, e in zip(rough.layers, exact.layers, strict=True))


@pytest.mark.parametrize("address", ["😀😀", "no such place at all", "\x01\x02中", "9" * 10_000])
def test_an_address_that_means_nothing_here_has_a_reason_and_no_owner(
    district: SmallDistrict, book: AddressBook, address: str
) -> None:
    found = locate(district, book, address)
    assert (found.lon, found.precision_class, found.match_probability) == (None, "none", 0.0)
    assert found.reason
    assert not found.is_certain
    assert all(layer.owners == () and layer.confidence == 0 for layer in found.layers)


def test_what_is_no_question_is_refused_in_words(district: SmallDistrict, book: AddressBook) -> None:
    with pytest.raises(BadInput, match="blank"):
        locate(district, book, "  ")
    with pytest.raises(BadInput, match="more than 20000"):
        locate(district, book, "路" * 20_001)
    with pytest.raises(NotFound):
        locate_address(book, district.board, district.clock, adcode=Adcode("999999"), address="中华路10号")


def test_the_book_learns_of_a_new_shop_and_is_built_once_otherwise(district: SmallDistrict, book: AddressBook) -> None:
    before = book.gazetteer(district.adcode)
    assert book.gazetteer(district.adcode) is before
    assert locate(district, book, "新民街7号").precision_class == "none"
    rows = [*shops(64), shop(70, address="新民街7号")]
    district.pass_time(hours=1)
    import_retailers(
        district.store, district.clock, **district.who, options=WGS84,
        path=write_csv(district.folder / "retailers.csv", rows),
    )  # fmt: skip
    assert book.gazetteer(district.adcode) is not before
    assert locate(district, book, "新民街7号").precision_class == "address"
