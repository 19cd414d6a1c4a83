"""Refuse a design that cannot be made, with every reason at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridsvc.domain.borders import KeptBorder
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.usecases.balanced_loads import carton_faults
from gridsvc.usecases.survey_district import Survey, border_faults


def require_design(
    survey: Survey,
    layers: Sequence[Layer],
    n_grids: Mapping[Layer, int] | None,
    borders: Sequence[KeptBorder] = (),
    carton_tolerance: float | None = None,
) -> None:
    """Raise `BadInput` when shops, staff, units or cartons lack for a design; `n_grids` replaces numbers of staff."""
    faults = border_faults(survey, borders) + carton_faults(survey.retailers, carton_tolerance)
    if not len(survey.retailers):
        faults.append("no active shop lies inside the units: import retailers with coordinates, or locate them")
    for layer in layers:
        wanted = (n_grids or {}).get(layer, len(survey.staff[layer]))
        n_staff = len(survey.staff[layer])
        if n_staff == 0 and wanted == 0:
            faults.append(f"{layer}: no {ROLE_OF_LAYER[layer]} is in service; import staff, or name a number of grids")
        elif wanted < 1:
            faults.append(f"{layer}: {wanted} grids were asked for; a layer needs at least one")
        elif wanted > len(survey.units.ids):
            faults.append(f"{layer}: {wanted} grids cannot be made from {len(survey.units.ids)} units")
    if faults:
        raise BadInput("the district cannot be divided like this", violations=tuple(faults))
