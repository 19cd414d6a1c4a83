"""A shop, and orders, as another system states them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from geo_data.datums import Datum, to_wgs84
from gridsvc.domain.errors import BadInput
from gridsvc.usecases.put_orders import MOST_ORDERS, Order

# no control characters: no stored text holds them
Text = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f/]+$")]


class RetailerIn(BaseModel):
    """What is stated of a shop; what is left out stays as it was. A new shop needs a name."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "example": {
                "licence_no": "520103200001", "name": "惠民便利店", "address": "中山路3号", "lon": 106.7135,
                "lat": 26.5783, "tier": "B", "status": "active",
            }
        },
    )  # fmt: skip

    licence_no: Code | None = None
    name: Text | None = None
    address: Text | None = None
    lon: float | None = Field(None, ge=-180, le=180, description="In the datum that `crs` names; with lat.")
    lat: float | None = Field(None, ge=-90, le=90)
    crs: Datum = Datum.WGS84
    street_office: Text | None = None
    tier: Literal["A", "B", "C"] | None = None
    integrity_star: int | None = Field(None, ge=1, le=5)
    risk: float | None = Field(None, ge=0, le=1)
    credit_grade: Literal["AAA", "AA", "A", "B", "C", "D"] | None = None
    urban_form: Literal["old_town", "new_town", "hills"] | None = None
    opens_min: int | None = Field(None, ge=0, le=1439, description="Minutes after local midnight; with closes_min.")
    closes_min: int | None = Field(None, ge=1, le=2879, description="May exceed 1440: after midnight.")
    order_cartons: float | None = Field(None, ge=0, le=100_000, description="Usual order, cartons a week.")
    status: Literal["active", "suspended", "closed"] | None = None

    @model_validator(mode="after")
    def check_pairs(self) -> RetailerIn:
        """Refuse half a position and half of the opening hours."""
        if (self.lon is None) != (self.lat is None):
            raise ValueError("a position needs both lon and lat")
        if (self.opens_min is None) != (self.closes_min is None):
            raise ValueError("opening hours need both opens_min and closes_min")
        if self.opens_min is not None and self.closes_min is not None and self.opens_min >= self.closes_min:
            raise ValueError("a shop opens before it closes; add 1440 to closes_min where it closes after midnight")
        return self

    def stated(self) -> dict[str, Any]:
        """Give what was stated, the position in WGS-84."""
        values: dict[str, Any] = {
            name: value for name, value in self.model_dump(exclude={"crs"}).items() if value is not None
        }
        if self.lon is not None and self.lat is not None:
            lon, lat = to_wgs84(self.lon, self.lat, self.crs)
            values |= {"lon": float(lon), "lat": float(lat), "source_datum": self.crs.value}
        return values


class OrderIn(BaseModel):
    """What a shop ordered on one day; the shop by code or by licence."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    retailer_code: Code | None = None
    licence_no: Code | None = None
    order_date: date
    cartons: float = Field(ge=0, le=100_000)


class OrdersIn(BaseModel):
    """Many orders."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"items": [{"retailer_code": "R00001", "order_date": "2026-11-20", "cartons": 12}]}
        },
    )

    items: list[OrderIn] = Field(max_length=MOST_ORDERS)

    def orders(self) -> list[Order]:
        """Give the orders; raises `BadInput` for one whose shop is not named in exactly one way."""
        faults = tuple(
            f"items.{place}: name the shop by retailer_code or by licence_no"
            for place, item in enumerate(self.items)
            if (item.retailer_code is None) == (item.licence_no is None)
        )
        if faults:
            raise BadInput("an order needs its shop, named in one way", violations=faults)
        return [
            Order(
                retailer_code=item.retailer_code, licence_no=item.licence_no, order_date=item.order_date,
                cartons=item.cartons,
            )
            for item in self.items
        ]  # fmt: skip
