"""A page that names an address is given the file, or refused."""

from __future__ import annotations

import folium
import pytest

from gridsvc.maps.offline import UnknownAddressError, self_contained


def test_a_folium_page_keeps_no_address() -> None:
    page = self_contained(folium.Map((26.5, 106.7), tiles=None).get_root().render())
    assert "<script src=" not in page
    assert "<link" not in page
    assert "L.Icon.Default.mergeOptions" in page
    assert page.count("data:image/png;base64,") >= 5


@pytest.mark.parametrize(
    "addition",
    [
        '<script src="https://elsewhere.example/x.js"></script>',
        '<link rel="stylesheet" href="https://elsewhere.example/x.css"/>',
        '<img alt="" src="https://elsewhere.example/x.png">',
        "<iframe title='x' src='x.html'></iframe>",
    ],
)
def test_an_unknown_address_is_refused(addition: str) -> None:
    with pytest.raises(UnknownAddressError, match=r"x\.(js|css|png|html)"):
        self_contained(f"<html><body>{addition}</body></html>")


def test_a_tile_layer_is_not_smuggled_in_by_default() -> None:
    assert "openstreetmap" not in self_contained(folium.Map((0, 0), tiles=None).get_root().render()).lower()
