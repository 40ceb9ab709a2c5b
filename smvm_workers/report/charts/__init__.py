"""The charts, as SVG, in one style. Words about them stand in :mod:`smvm_workers.report.content`."""

from smvm_workers.report.charts.bars import scenario_chart, tornado_chart
from smvm_workers.report.charts.curves import cash_chart, fan_chart, price_chart, revenue_chart
from smvm_workers.report.charts.maps import persona_chart, positioning_chart, risk_chart

__all__ = [
    "cash_chart",
    "fan_chart",
    "persona_chart",
    "positioning_chart",
    "price_chart",
    "revenue_chart",
    "risk_chart",
    "scenario_chart",
    "tornado_chart",
]
