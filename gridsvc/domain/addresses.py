"""Where an address lies, how sure that is, and what it means for who owns the place."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import GridRef, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCandidate:
    """One place that an address can mean.

    Parameters
    ----------
    label : what was matched, in words
    score : 0 .. 1, likeness of what was matched to what was asked
    uncertainty_m : radius that holds 9 of 10 such places
    precision_class : given, address, interpolated, estate, street or area
    """

    label: str
    lon: float
    lat: float
    score: float
    uncertainty_m: float
    precision_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChance:
    """An owner who may be the right one: a person, or the department where nobody owns."""

    grid: GridRef | None
    owner: Person | None
    fallback_department: str | None
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChances:
    """Who may own the place in one layer, likeliest first; what their probabilities lack to 1 is unknown."""

    layer: Layer
    owners: tuple[OwnerChance, ...]

    @property
    def confidence(self) -> float:
        """Probability that the first owner is the right one; 0 without any."""
        return self.owners[0].probability if self.owners else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedAddress:
    """The point of an address with its certainty; without a point `lon`, `lat` and `uncertainty_m` are None.

    Parameters
    ----------
    precision_class : what the point stands for: given, address, interpolated, estate, street, area or none
    method : geocoder that answered
    score : 0 .. 1, likeness of what was matched to what was asked; 0 without a point
    source_datum : datum of the source, before conversion to WGS-84
    match_probability : that what was meant is among the candidates
    is_certain : every layer's first owner is right with a probability of at least 0.95
    reason : how the point was found, or why there is none
    candidates : best first, the point itself among them
    """

    adcode: Adcode
    address: str
    lon: float | None
    lat: float | None
    precision_class: str
    method: str
    score: float
    uncertainty_m: float | None
    source_datum: str
    match_probability: float
    is_certain: bool
    reason: str
    candidates: tuple[AddressCandidate, ...]
    layers: tuple[LayerChances, ...]
