"""Charts over time and over price."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from smvm_workers.report.charts.style import (
    BLUE,
    COUNT,
    GREEN,
    GREY,
    INK,
    MONEY,
    ORANGE,
    PERCENT,
    frame,
    legend_above,
)
from smvm_workers.report.charts.svg import chart

Array = NDArray[np.float64]
Bands = Mapping[str, Sequence[float]]

_FAN = (("p2.5", "p97.5", 0.15, "95 %"), ("p10", "p90", 0.25, "80 %"), ("p25", "p75", 0.4, "50 %"))


@chart("fan")
def fan_chart(bands: Bands, customers: float) -> Figure:
    """Customers over the simulated days, with 50, 80 and 95 % bands; ``bands`` are shares."""
    figure, axes = frame("Day after launch", "Customers")
    values = {name: np.array(band) * customers for name, band in bands.items()}
    _fan(axes, values, BLUE)
    axes.set_ylim(0, max(1e-9, 1.03 * float(values["p97.5"].max())) or 1)
    axes.yaxis.set_major_formatter(COUNT)
    return figure


@chart("price")
def price_chart(curve: Sequence[Mapping[str, float]], planned: float, best: float) -> Figure:
    """Share of the aware who buy, and profit from each of them, over the yearly price in USD."""
    figure, axes = frame("Price, USD a year", "Share of the aware who buy", left=0.6, right=0.66)
    prices = [point["price"] for point in curve]
    axes.plot(prices, [100 * point["share"] for point in curve], color=BLUE, lw=1.8)
    axes.yaxis.set_major_formatter(PERCENT)
    axes.xaxis.set_major_formatter(MONEY)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylim(0, None)
    axes.yaxis.label.set_color(BLUE)
    profits = axes.twinx()
    profits.grid(visible=False)
    profits.plot(prices, [point["profit"] for point in curve], color=ORANGE, lw=1.5, ls="--")
    profits.set_ylabel("Profit per aware buyer", color=ORANGE)
    profits.yaxis.set_major_formatter(MONEY)
    _mark_prices(axes, planned, best)
    return figure


def _mark_prices(axes: Axes, planned: float, best: float) -> None:
    """Upright lines with their names above the axes, on the sides that keep them apart."""
    outer = "right" if planned <= best else "left"
    inner = "left" if planned <= best else "right"
    for price, name, colour, side in (
        (planned, "planned", INK, outer),
        (best, "most profit", ORANGE, inner),
    ):
        axes.axvline(price, color=colour, lw=0.9, ls=":")
        axes.annotate(
            name,
            (price, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-2 if side == "right" else 2, 3),
            textcoords="offset points",
            ha=side,
            color=colour,
            annotation_clip=False,
        )


@chart("cash")
def cash_chart(monthly: Bands) -> Figure:
    """Cumulative cash by month, USD."""
    return _monthly(monthly, "Cumulative cash", GREEN)


@chart("revenue")
def revenue_chart(monthly: Bands) -> Figure:
    """Revenue of each month, USD."""
    return _monthly(monthly, "Revenue a month", BLUE)


def _monthly(monthly: Bands, label: str, colour: str) -> Figure:
    figure, axes = frame("Month", label)
    _fan(axes, {key: np.array(band) for key, band in monthly.items()}, colour)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set_xticks(range(6, len(monthly["p50"]) + 1, 6))
    axes.yaxis.set_major_formatter(MONEY)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    return figure


def _fan(axes: Axes, bands: Mapping[str, Array], colour: str) -> None:
    """The bands that there are, the widest first, and the median."""
    steps = np.arange(1, len(bands["p50"]) + 1)
    for low, high, alpha, label in _FAN:
        if low in bands and high in bands:
            axes.fill_between(
                steps, bands[low], bands[high], color=colour, alpha=alpha, lw=0, label=label
            )
    axes.plot(steps, bands["p50"], color=colour, lw=1.8, label="median")
    axes.set_xlim(1, steps[-1])
    legend_above(axes)
