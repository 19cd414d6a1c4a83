"""Grids that touch look different to every kind of eye."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from gridsvc.maps import colours

PLAINLY_DIFFERENT = 10.0  # CIE76; 2.3 is just noticeable


def planar_neighbours(n_grids: int, seed: int) -> set[tuple[int, int]]:
    points = np.random.default_rng(seed).random((n_grids, 2))
    return {
        pair for corners in Delaunay(points).simplices.tolist() for pair in itertools.combinations(sorted(corners), 2)
    }


@given(n_grids=st.integers(4, 30), seed=st.integers(0, 10_000))
def test_neighbours_differ_for_colour_blind_eyes_too(n_grids: int, seed: int) -> None:
    touching = planar_neighbours(n_grids, seed)
    chosen = colours.assign(n_grids, touching)
    assert min(colours.difference(chosen[a], chosen[b]) for a, b in touching) >= PLAINLY_DIFFERENT


def test_twelve_grids_get_many_colours_and_always_the_same() -> None:
    touching = planar_neighbours(12, 3)
    chosen = colours.assign(12, touching)
    assert chosen == colours.assign(12, {(b, a) for a, b in touching})
    assert len(set(chosen)) >= 8


def test_owners_without_grids_get_a_colour_each() -> None:
    assert len(set(colours.assign(12, []))) == 12


def test_black_numbers_are_readable_on_every_colour() -> None:
    for colour in colours.PALETTE:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert (luminance + 0.05) / 0.05 >= 4.5, colour  # WCAG 2.2, 1.4.3


def test_red_and_green_are_alike_to_some_eyes_and_the_measure_knows_it() -> None:
    by_normal_eyes = colours._distance(colours._lab("#cc3311", "normal"), colours._lab("#667700", "normal"))
    assert colours.difference("#cc3311", "#667700") < by_normal_eyes / 2
    assert colours.difference("#000000", "#ffffff") == pytest.approx(100, abs=0.5)
