"""One sample of full size for all tests of this folder: building it takes about two CPU seconds."""

import pytest

from geo_data.samples import SyntheticDistrict, make_district


@pytest.fixture(scope="package")
def district() -> SyntheticDistrict:
    return make_district("district", seed=1)
