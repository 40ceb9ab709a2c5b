"""The charts, as SVG, in one style: Okabe & Ito's colours, which the colour-blind tell apart."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from smvm_workers.engine.wording import money

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#7A7A7A"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7,
    # names inside an SVG are hashes with this salt, random otherwise
    "svg.hashsalt": "smvm",
    # outlines instead of fonts: the chart looks the same everywhere
    "svg.fonttype": "path",
    # names come from outside: a dollar sign starts no formula
    "text.parse_math": False,
}
_WIDE, _HALF = (6.4, 2.5), (3.4, 2.5)
"""Inches: the width of the text, and half of it for charts that stand side by side."""
_MONEY = FuncFormatter(lambda value, _: money(value))


def fan_chart(scenario: Mapping[str, Any], customers: float) -> bytes:
    """Adopters over the simulated days, in buyers, with 50, 80 and 95 % bands."""
    bands = {name: np.array(values) * customers for name, values in scenario["bands"].items()}
    days = np.arange(1, len(bands["p50"]) + 1)
    figure, axes = _axes("Day after launch", "Customers", _HALF)
    for low, high, alpha, label in (
        ("p2.5", "p97.5", 0.15, "95 %"),
        ("p10", "p90", 0.25, "80 %"),
        ("p25", "p75", 0.4, "50 %"),
    ):
        axes.fill_between(days, bands[low], bands[high], color=BLUE, alpha=alpha, lw=0, label=label)
    axes.plot(days, bands["p50"], color=BLUE, lw=1.8, label="median")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(1, days[-1])
    axes.set_ylim(0, None)
    axes.legend(loc="upper left")
    return _svg(figure)


def scenario_chart(scenarios: Sequence[Mapping[str, Any]]) -> bytes:
    """Adopters at the end against the baseline's, with the Monte Carlo error."""
    shown = [s for s in reversed(scenarios) if s["name"] != "baseline"]
    figure, axes = _axes("Customers after thirty days against the baseline", "", _WIDE)
    for position, scenario in enumerate(shown):
        ratio = scenario["against_baseline"] - 1
        colour = BLUE if ratio >= 0 else ORANGE
        error = 2 * scenario["against_baseline_error"]
        axes.barh(position, ratio, color=colour, height=0.6)
        axes.errorbar(ratio, position, xerr=error, color="#333333", lw=1, capsize=2)
    axes.axvline(0, color="#444444", lw=0.8)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{100 * value:+.0f} %" if value else "0 %")
    )
    axes.set_yticks(range(len(shown)), [s["name"].replace("_", " ") for s in shown])
    axes.grid(visible=False, axis="y")
    return _svg(figure)


def price_chart(response: Mapping[str, Any], annual_spend: float, planned: float) -> bytes:
    """Share of the aware who buy, and profit per aware buyer, over the yearly price in USD."""
    curve = response["curve"]
    prices = [point["price"] * annual_spend for point in curve]
    figure, axes = _axes("Price, USD a year", "Share of the aware who buy", _HALF)
    axes.plot(prices, [100 * point["share"] for point in curve], color=BLUE, lw=1.8)
    axes.yaxis.set_major_formatter("{x:.0f} %")
    axes.set_ylim(0, None)
    axes.yaxis.label.set_color(BLUE)
    profits = axes.twinx()
    profits.grid(visible=False)
    profits.plot(prices, [p["profit"] * annual_spend for p in curve], color=ORANGE, lw=1.5, ls="--")
    profits.set_ylabel("Profit per aware buyer, USD", color=ORANGE)
    profits.spines["right"].set_visible(True)
    axes.axvline(planned * annual_spend, color=GREY, lw=1, ls=":")
    axes.text(
        planned * annual_spend,
        0.03,
        " planned",
        color=GREY,
        fontsize=7,
        transform=axes.get_xaxis_transform(),
    )
    return _svg(figure)


def tornado_chart(bars: Sequence[Mapping[str, Any]]) -> bytes:
    """What moves NPV most, each input from its 10th to its 90th percentile."""
    shown = list(reversed(bars[:8]))
    figure, axes = _axes("Net present value", "", _WIDE)
    for position, bar in enumerate(shown):
        middle = (bar["low"] + bar["high"]) / 2
        axes.barh(position, bar["low"] - middle, left=middle, color=ORANGE, height=0.6)
        axes.barh(position, bar["high"] - middle, left=middle, color=BLUE, height=0.6)
    axes.axvline(0, color="#444444", lw=0.8)
    axes.xaxis.set_major_formatter(_MONEY)
    axes.set_yticks(range(len(shown)), [bar["input"].replace("_", " ") for bar in shown])
    axes.grid(visible=False, axis="y")
    handles = [Patch(color=ORANGE), Patch(color=BLUE)]
    axes.legend(handles, ["input low", "input high"], loc="lower right")
    return _svg(figure)


def cash_chart(monthly: Mapping[str, Sequence[float]]) -> bytes:
    """Cumulative cash by month."""
    return _monthly_chart(monthly, "Cumulative cash", GREEN)


def revenue_chart(monthly: Mapping[str, Sequence[float]]) -> bytes:
    """Revenue of each month."""
    return _monthly_chart(monthly, "Revenue a month", BLUE)


def _monthly_chart(monthly: Mapping[str, Sequence[float]], label: str, colour: str) -> bytes:
    months = np.arange(1, len(monthly["p50"]) + 1)
    figure, axes = _axes("Month", label, _HALF)
    for low, high, alpha, name in (("p10", "p90", 0.2, "80 %"), ("p25", "p75", 0.35, "50 %")):
        axes.fill_between(
            months, monthly[low], monthly[high], color=colour, alpha=alpha, lw=0, label=name
        )
    axes.plot(months, monthly["p50"], color=colour, lw=1.8, label="median")
    axes.axhline(0, color="#444444", lw=0.8)
    axes.set_xlim(1, months[-1])
    axes.set_xticks(range(6, len(months) + 1, 6))
    axes.yaxis.set_major_formatter(_MONEY)
    axes.legend(loc="best")
    return _svg(figure)


def positioning_chart(competitors: Sequence[Mapping[str, Any]], our_price: float) -> bytes:
    """Competitors by price and likeness to the idea, numbered as in the table; the area of a dot is
    its share."""
    figure, axes = _axes("Price relative to the category", "Likeness to the idea", _HALF)
    for number, competitor in enumerate(competitors, 1):
        position = competitor["market_position"]
        point = (position["price_index"], position["similarity"])
        axes.scatter(*point, s=1500 * position["share"], color=GREY, alpha=0.6, lw=0)
        # beside the dot, by turns left and right: several often stand at the usual price
        side = 11 if number % 2 else -11
        axes.annotate(
            str(number),
            point,
            xytext=(side, 0),
            textcoords="offset points",
            ha="center",
            va="center",
        )
    axes.axvline(our_price, color=ORANGE, lw=1.2, ls="--")
    axes.annotate(
        "our price",
        (our_price, 1),
        xycoords=("data", "axes fraction"),
        xytext=(3, -8),
        textcoords="offset points",
        color=ORANGE,
        fontsize=7,
    )
    axes.margins(0.3, 0.2)
    return _svg(figure)


def risk_chart(risks: Sequence[Mapping[str, Any]]) -> bytes:
    """Probability against impact, numbered as in the table; lines of equal score."""
    colours = {"market": BLUE, "technical": ORANGE, "execution": GREEN}
    figure, axes = _axes("Probability", "Impact", _WIDE)
    for number, risk in enumerate(risks, 1):
        x, y = risk["probability"], risk["impact"]
        axes.scatter(x, y, s=120, color=colours[risk["category"]], zorder=3)
        axes.annotate(
            str(number), (x, y), ha="center", va="center", color="white", fontsize=7, zorder=4
        )
    for score, name in ((0.15, "medium"), (0.35, "high")):
        line = np.linspace(score, 1, 80)
        axes.plot(line, score / line, color=GREY, lw=0.8, ls="--")
        axes.annotate(name, (1.0, score), xytext=(3, -3), textcoords="offset points", color=GREY)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
    handles = [Patch(color=colour) for colour in colours.values()]
    axes.legend(handles, list(colours), loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    return _svg(figure)


def _axes(x_label: str, y_label: str, size: tuple[float, float]) -> tuple[Figure, Any]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def _svg(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    return buffer.getvalue()
