"""Turn addresses into points that say how sure they are."""

from geo_data.geocoding.certainty import error_cloud, owner_shares
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
    "owner_shares",
]
