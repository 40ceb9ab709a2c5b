"""The charts, as SVG, in one style: Okabe & Ito's colours, which the colour-blind tell apart."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#7A7A7A"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    # names inside an SVG are hashes with this salt, random otherwise
    "svg.hashsalt": "smvm",
    # outlines instead of fonts: the chart looks the same everywhere
    "svg.fonttype": "path",
}


def fan_chart(scenario: Mapping[str, Any], customers: float) -> bytes:
    """Adopters over the simulated days, in buyers, with 50, 80 and 95 % bands."""
    bands = {name: np.array(values) * customers for name, values in scenario["bands"].items()}
    days = np.arange(1, len(bands["p50"]) + 1)
    figure, axes = _axes("Day after launch", "Customers")
    for low, high, alpha, label in (
        ("p2.5", "p97.5", 0.15, "95 %"),
        ("p10", "p90", 0.25, "80 %"),
        ("p25", "p75", 0.4, "50 %"),
    ):
        axes.fill_between(days, bands[low], bands[high], color=BLUE, alpha=alpha, lw=0, label=label)
    axes.plot(days, bands["p50"], color=BLUE, lw=1.8, label="median")
    axes.legend(loc="upper left")
    return _svg(figure)


def scenario_chart(scenarios: Sequence[Mapping[str, Any]], customers: float) -> bytes:
    """Mean customers at the end of each scenario with their 80 % band."""
    figure, axes = _axes("Customers at the end (80 % interval)", "")
    for position, scenario in enumerate(reversed(scenarios)):
        low, high = (scenario["bands"][p][-1] * customers for p in ("p10", "p90"))
        axes.plot([low, high], [position, position], color=GREY, lw=2)
        axes.plot(scenario["mean"][-1] * customers, position, "o", color=BLUE, ms=5)
    names = [s["name"].replace("_", " ") for s in reversed(scenarios)]
    axes.set_yticks(range(len(names)), names)
    return _svg(figure)


def price_chart(response: Mapping[str, Any], annual_spend: float) -> bytes:
    """Share of the aware who buy, and profit, over the yearly price in USD."""
    curve = response["curve"]
    prices = [point["price"] * annual_spend for point in curve]
    figure, axes = _axes("Price, USD a year", "Share of the aware who buy")
    axes.plot(prices, [100 * point["share"] for point in curve], color=BLUE, lw=1.8)
    axes.yaxis.set_major_formatter("{x:.0f} %")
    best = response["best_price"] * annual_spend
    axes.axvline(best, color=ORANGE, lw=1.2, ls="--")
    axes.annotate(
        f"most profit at ${best:,.0f}",
        (best, axes.get_ylim()[1]),
        xytext=(4, -10),
        textcoords="offset points",
        color=ORANGE,
    )
    return _svg(figure)


def tornado_chart(bars: Sequence[Mapping[str, Any]]) -> bytes:
    """What moves NPV most, each input from its 10th to its 90th percentile."""
    shown = list(reversed(bars[:7]))
    figure, axes = _axes("NPV, million USD", "")
    for position, bar in enumerate(shown):
        low, high = bar["low"] / 1e6, bar["high"] / 1e6
        middle = (low + high) / 2
        axes.barh(position, low - middle, left=middle, color=ORANGE, height=0.6)
        axes.barh(position, high - middle, left=middle, color=BLUE, height=0.6)
    axes.set_yticks(range(len(shown)), [bar["input"].replace("_", " ") for bar in shown])
    handles = [mpl.patches.Patch(color=ORANGE), mpl.patches.Patch(color=BLUE)]
    axes.legend(handles, ["input low", "input high"], loc="lower right")
    return _svg(figure)


def cash_chart(monthly: Mapping[str, Sequence[float]]) -> bytes:
    """Cumulative cash by month."""
    months = np.arange(1, len(monthly["p50"]) + 1)
    million = {name: np.array(values) / 1e6 for name, values in monthly.items()}
    figure, axes = _axes("Month", "Cumulative cash, million USD")
    axes.fill_between(
        months, million["p10"], million["p90"], color=GREEN, alpha=0.2, lw=0, label="80 %"
    )
    axes.fill_between(
        months, million["p25"], million["p75"], color=GREEN, alpha=0.35, lw=0, label="50 %"
    )
    axes.plot(months, million["p50"], color=GREEN, lw=1.8, label="median")
    axes.axhline(0, color="#444444", lw=0.8)
    axes.legend(loc="upper left")
    return _svg(figure)


def positioning_chart(competitors: Sequence[Mapping[str, Any]], ours: tuple[float, float]) -> bytes:
    """Competitors by price and likeness; the area of a dot is its share."""
    figure, axes = _axes("Price relative to the category", "Likeness to the idea")
    for rank, competitor in enumerate(competitors):
        position = competitor["market_position"]
        x, y = position["price_index"], position["similarity"]
        axes.scatter(x, y, s=1500 * position["share"], color=GREY, alpha=0.6, lw=0)
        axes.annotate(
            competitor["company_info"]["name"],
            (x, y),
            xytext=(8, 3 - 2 * (rank % 2)),
            textcoords="offset points",
        )
    axes.scatter(*ours, s=110, color=ORANGE, marker="D")
    axes.annotate("our offer", ours, xytext=(8, -4), textcoords="offset points", color=ORANGE)
    axes.margins(0.25, 0.15)
    return _svg(figure)


def _axes(x_label: str, y_label: str) -> tuple[Figure, Any]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.6, 2.7), layout="constrained")
        axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
