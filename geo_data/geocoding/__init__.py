"""Turn addresses into points that say how sure they are."""

from geo_data.geocoding.certainty import SURE, error_cloud, match_probability, owner_chances, owner_shares
from geo_data.geocoding.gazetteer import Gazetteer, KnownPlaces
from geo_data.geocoding.parts import AddressParts
from geo_data.geocoding.results import (
    AddressQuery,
    Candidate,
    Geocoder,
    GeocoderChain,
    GeocodeResult,
    GivenPositions,
    Precision,
)

__all__ = [
    "SURE",
    "AddressParts",
    "AddressQuery",
    "Candidate",
    "Gazetteer",
    "GeocodeResult",
    "Geocoder",
    "GeocoderChain",
    "GivenPositions",
    "KnownPlaces",
    "Precision",
    "error_cloud",
    "match_probability",
    "owner_chances",
    "owner_shares",
]
