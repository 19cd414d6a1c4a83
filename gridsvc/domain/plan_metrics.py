"""What is measured of a plan: each metric with its unit, which way is better, and the version of its definition."""

from __future__ import annotations

from dataclasses import dataclass

MetricValue = float | int | None
MetricValues = dict[str, MetricValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A measured property; `version` rises when the definition changes, so that old figures are not compared."""

    key: str
    unit: str
    better: str
    version: int


def _metric(key: str, unit: str, better: str, version: int = 1) -> MetricDefinition:
    return MetricDefinition(key=key, unit=unit, better=better, version=version)


# counted over shops, exceptions included; the engine's own metrics stand beside these and look at units only
SERVICE_METRICS = (
    _metric("minutes_deviation_share", "share", "lower"),
    _metric("count_deviation_share", "share", "lower"),
    _metric("cartons_deviation_share", "share", "lower"),
    _metric("minutes_per_day_min", "min", "higher"),
    _metric("minutes_per_day_max", "min", "lower"),
    _metric("retailers_min", "shops", "higher"),
    _metric("retailers_max", "shops", "lower"),
    _metric("n_moved", "shops", "lower"),
    _metric("n_owned", "shops", "neither"),
    _metric("churn_share", "share", "lower", 2),
    _metric("n_exceptions", "shops", "lower"),
    _metric("n_unowned_retailers", "shops", "lower"),
    _metric("n_unassigned_units", "units", "lower"),
)
