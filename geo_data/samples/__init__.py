"""The synthetic district: a seeded, invented town with shops, streets, staff and untidy present owners.

`make_district` builds it as frames, `write_district` as the files that a user would import. Everything is invented by
the seed except the names and codes of Yunyan's 17 street offices (see `words`); the reference page is
`docs/reference/synthetic-district.md`.

>>> from geo_data.samples import make_district
>>> district = make_district(n_retailers=200, n_staff=2, seed=1)
>>> district.name
'云岩区（合成 SYNTHETIC）'
"""

from geo_data.samples.district import SIZES, Size, SyntheticDistrict, make_district
from geo_data.samples.files import write_district

__all__ = ["SIZES", "Size", "SyntheticDistrict", "make_district", "write_district"]
