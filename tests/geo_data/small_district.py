"""One small synthetic district for every test that needs addresses on streets."""

from __future__ import annotations

from functools import cache

from geo_data.samples import SyntheticDistrict, make_district


@cache
def small_district() -> SyntheticDistrict:
    """1,500 shops, built once a run."""
    return make_district(n_retailers=1500, n_staff=4, seed=2)
