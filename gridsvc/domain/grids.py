"""Names of grids and of the department behind them."""

from __future__ import annotations

from gridsvc.domain.layers import Layer

_LETTER = {Layer.INSPECTION: "I", Layer.MARKETING: "M", Layer.DELIVERY: "D"}


def grid_name(layer: Layer, number: int) -> str:
    """Give the short, language-neutral name of a grid: the layer's letter and its number, like M07."""
    return f"{_LETTER[layer]}{number:02d}"
