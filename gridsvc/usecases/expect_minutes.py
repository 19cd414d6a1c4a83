"""Expect every person's minutes of a cycle for a division: stops, travel by the fast estimate, and crews assisted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.crews import Crews, assisting_shares
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.storage import Store, cycles
from gridsvc.usecases.estimate_route_minutes import RouteEstimates, ShopSet
from gridsvc.usecases.measure_travel import TravelBoard
from gridsvc.usecases.shop_facts import shop_facts
from gridsvc.usecases.survey_district import Survey

NOT_CALIBRATED = "assumed way per stop: no cycle is solved yet to calibrate on"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopWork:
    """What each shop asks of one layer in a cycle, (n_shops,) each.

    Parameters
    ----------
    service_min : the owner's minutes at the shop, all duties together
    enforcement_min : of it, those of the enforcement inspections
    assisted_min : minutes of the second officer at the shop
    way_min : the assumed way to the shop, all stops together
    enforcement_way_min : of it, the way to the enforcement inspections
    """

    service_min: Floats
    enforcement_min: Floats
    assisted_min: Floats
    way_min: Floats
    enforcement_way_min: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMinutes:
    """Minutes of a cycle by grid: at the shops, on the way, and assisting the partner's crews; `total` is their sum.

    `enforcement` is the part of `service` at enforcement inspections; `words` say how good the travel is.
    """

    service: Floats
    enforcement: Floats
    travel: Floats
    assisted: Floats
    words: str

    @property
    def total(self) -> Floats:
        """(n_grids,) all minutes of the grid's owner."""
        return np.asarray(self.service + self.travel + self.assisted)


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelBasis:
    """What travel is estimated with.

    Parameters
    ----------
    estimates : calibrated on the newest solved cycle; None = no cycle is solved, then the assumed way per stop counts
    crews : who inspects with whom in the newest cycle; standing pairs before the first
    """

    adcode: Adcode
    estimates: RouteEstimates | None
    crews: Crews = Crews.PAIRS

    def travel_min(
        self, survey: Survey, layer: Layer, grid_of_shop: NDArray[np.int32], staff_ids: Sequence[StaffId | None]
    ) -> tuple[Floats | None, str]:
        """Give (n_grids,) minutes of travel a cycle, or None where nothing is calibrated, and how good that is."""
        if self.estimates is None:
            return None, NOT_CALIBRATED
        shops = survey.retailers.retailer_id
        sets = [
            ShopSet(key=str(position), retailers=shops[grid_of_shop == position].tolist(), staff=staff_id)
            for position, staff_id in enumerate(staff_ids)
        ]
        found = self.estimates.estimate(adcode=self.adcode, layer=layer, sets=sets)
        if found.cycle_first_day is None:
            return None, found.words
        return np.array([grid.travel_min_per_day for grid in found.grids]) * WORKING_DAYS_PER_CYCLE, found.words


def shop_work(survey: Survey, layer: Layer) -> ShopWork:
    """State what every shop of a survey asks of a layer."""
    shops, workload = survey.retailers, survey.workload
    share = workload.delivery_travel_share if layer is Layer.DELIVERY else 1.0
    columns = np.zeros((5, len(shops)))
    for row in range(len(shops)):
        facts = shop_facts(shops, row)
        stops = float(workload.frequency(facts, layer))
        service = stops * workload.service_min(facts, layer)
        way = workload.travel_min[facts.urban_form] * share
        own = assisted = crew_way = 0.0
        if layer is Layer.INSPECTION and workload.asks_enforcement(is_stated=facts.needs_enforcement, risk=facts.risk):
            stops, crew_way = stops + 1, way
            own = workload.enforcement_min
            assisted = (workload.enforcement_crew - 1) * own
        columns[:, row] = service + own, own, assisted, stops * way, crew_way
    return ShopWork(
        service_min=columns[0],
        enforcement_min=columns[1],
        assisted_min=columns[2],
        way_min=columns[3],
        enforcement_way_min=columns[4],
    )


def expect_minutes(
    survey: Survey,
    layer: Layer,
    basis: TravelBasis,
    grid_of_unit: NDArray[np.int32],
    staff_ids: Sequence[StaffId | None],
    grid_of_shop: NDArray[np.int32] | None = None,
    crews: Crews | None = None,
) -> ExpectedMinutes:
    """Expect the minutes of a cycle of every grid's owner; `staff_ids` are the owners by grid position.

    A vacant grid's day begins at the nearest office; it assists nobody.

    Parameters
    ----------
    crews : who assists whom: the same two officers always, or a rota on average; None = as in the newest cycle
    grid_of_shop : (n_shops,) grid of each shop where some are kept with another owner than their unit's, -1 for none
    """
    work = shop_work(survey, layer)
    n_grids = len(staff_ids)
    grid = grid_of_unit[survey.retailer_unit] if grid_of_shop is None else grid_of_shop
    inside = grid >= 0

    def summed(values: Floats) -> Floats:
        return np.bincount(grid[inside], values[inside], n_grids).astype(np.float64)

    known, words = basis.travel_min(survey, layer, grid, staff_ids)
    # the estimate knows regular stops; the way to an enforcement inspection is the assumed one
    travel = summed(work.way_min) if known is None else known + summed(work.enforcement_way_min)
    assisted = np.zeros(n_grids)
    if layer is Layer.INSPECTION:
        there = [member for member in survey.staff[layer] if member.staff_id in staff_ids]
        asked = summed(work.assisted_min)
        position_of = {staff_id: position for position, staff_id in enumerate(staff_ids) if staff_id}
        for staff_id, share_of in assisting_shares(there, crews or basis.crews).items():
            for partner, share in share_of.items():
                assisted[position_of[partner]] += share * asked[position_of[staff_id]]
    return ExpectedMinutes(
        service=summed(work.service_min),
        enforcement=summed(work.enforcement_min),
        travel=travel,
        assisted=assisted,
        words=words,
    )


def travel_basis(store: Store, adcode: Adcode, estimates: RouteEstimates | None = None) -> TravelBasis:
    """Give what a design estimates travel with: nothing is read before it is asked, and nothing without a cycle.

    `estimates` are those that the process keeps already; None = new ones.
    """
    with store.transaction(adcode) as tx:
        newest = cycles.latest(tx)
    if newest is None:
        return TravelBasis(adcode=adcode, estimates=None)
    crews = Crews(newest[0].settings.get("crews", Crews.PAIRS))
    return TravelBasis(adcode=adcode, estimates=estimates or RouteEstimates(store, TravelBoard()), crews=crews)
