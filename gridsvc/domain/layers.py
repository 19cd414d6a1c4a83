"""The three layers over the same units, and the role that serves each."""

from __future__ import annotations

from enum import StrEnum


class Layer(StrEnum):
    """A partition of the district with its own staff."""

    INSPECTION = "inspection"
    MARKETING = "marketing"
    DELIVERY = "delivery"


class Role(StrEnum):
    """What a staff member does for a retailer."""

    MARKET_INSPECTOR = "market_inspector"
    CUSTOMER_MANAGER = "customer_manager"
    DELIVERY_DRIVER = "delivery_driver"

    @property
    def layer(self) -> Layer:
        """The layer whose grids this role owns."""
        return LAYER_OF_ROLE[self]


class TaskType(StrEnum):
    """What is done at a stop."""

    INSPECTION = "inspection"
    VISIT = "visit"
    DELIVERY = "delivery"


ROLE_OF_LAYER = {
    Layer.INSPECTION: Role.MARKET_INSPECTOR,
    Layer.MARKETING: Role.CUSTOMER_MANAGER,
    Layer.DELIVERY: Role.DELIVERY_DRIVER,
}
LAYER_OF_ROLE = {role: layer for layer, role in ROLE_OF_LAYER.items()}
TASK_OF_LAYER = {
    Layer.INSPECTION: TaskType.INSPECTION,
    Layer.MARKETING: TaskType.VISIT,
    Layer.DELIVERY: TaskType.DELIVERY,
}
LINE_KIND_ZH = {Layer.INSPECTION: "稽查线", Layer.MARKETING: "营销线", Layer.DELIVERY: "送货线"}
