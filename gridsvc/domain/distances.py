"""What a grid's compactness is measured along: straight lines, ways around barriers, or streets."""

from __future__ import annotations

from enum import StrEnum


class Distance(StrEnum):
    """What counts as the distance of a shop from the middle of its grid."""

    STRAIGHT = "straight"  # as the crow flies
    BARRIER = "barrier"  # around barriers, over the borders that a grid may cross
    STREET = "street"  # by time on the streets
