"""Streets as a graph: snapping places to it, travel times between many places, and the way drawn on a map."""

from geo_data.roads.matrices import TravelMatrix, TravelMethod, fit_detour, straight_line_matrix, travel_matrix
from geo_data.roads.network import StreetNetwork, StreetsError, build_network
from geo_data.roads.paths import StreetPath, StreetRouter

__all__ = [
    "StreetNetwork",
    "StreetPath",
    "StreetRouter",
    "StreetsError",
    "TravelMatrix",
    "TravelMethod",
    "build_network",
    "fit_detour",
    "straight_line_matrix",
    "travel_matrix",
]
