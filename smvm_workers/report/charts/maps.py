"""Charts of numbered dots: who and what stands where. The numbers are those of the tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from smvm_workers.report.charts.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    MONEY,
    ORANGE,
    WIDE,
    frame,
    legend_above,
)
from smvm_workers.report.charts.svg import chart

Array = NDArray[np.float64]

_NUMBER = 12.5
"""Points from one number to the next at least: as wide as its disc."""
_WIDE_RANGE = 20
"""From this ratio of largest to smallest on, the axis is logarithmic."""
_SHARE = FuncFormatter(lambda value, _: f"{100 * value:.0f} %")
_RISK_COLOURS = {"market": BLUE, "technical": ORANGE, "execution": GREEN}


@chart("personas")
def persona_chart(personas: Sequence[Mapping[str, float]], income_label: str) -> Figure:
    """Customer groups by ``income`` (USD a year) and ``price_sensitivity``; areas are ``weight``."""
    figure, axes = frame(income_label, "Price sensitivity (1 = average)")
    points = np.array([(p["income"], p["price_sensitivity"]) for p in personas])
    if points[:, 0].min() > 0 and points[:, 0].max() / points[:, 0].min() > _WIDE_RANGE:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    _surround(axes, points)
    axes.xaxis.set_major_formatter(MONEY)
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    areas = np.array([p["weight"] for p in personas])
    _numbered(axes, points, [BLUE] * len(points), 1400 * areas)
    return figure


@chart("positioning")
def positioning_chart(competitors: Sequence[Mapping[str, float]], our_price: float) -> Figure:
    """Competitors by ``price`` (1 = usual) and ``likeness`` (0 to 1); areas are ``share``."""
    figure, axes = frame("Price (1 = usual in the category)", "Likeness to the idea (0 to 1)")
    points = np.array([(c["price"], c["likeness"]) for c in competitors])
    _surround(axes, np.vstack([points, (our_price, points[0, 1])]))
    axes.axvline(our_price, color=ORANGE, lw=1.2, ls="--")
    axes.annotate(
        "our price",
        (our_price, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        color=ORANGE,
        annotation_clip=False,
    )
    areas = np.array([c["share"] for c in competitors])
    _numbered(axes, points, [BLUE] * len(points), 2000 * areas)
    return figure


@chart("risks")
def risk_chart(risks: Sequence[Mapping[str, Any]]) -> Figure:
    """Risks by ``probability`` and ``impact`` (both 0 to 1), coloured by ``category``; the lines join
    points of equal score."""
    figure, axes = frame("Probability", "Impact (100 % = all is lost)", WIDE, right=0.6)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.05)
    axes.xaxis.set_major_formatter(_SHARE)
    axes.yaxis.set_major_formatter(_SHARE)
    for score, name in ((0.15, "medium"), (0.35, "high")):
        line = np.linspace(score, 1, 40)
        axes.plot(line, score / line, color=GREY, lw=0.8, ls="--")
        axes.annotate(
            name, (1, score), xytext=(4, -3), textcoords="offset points", annotation_clip=False
        )
    points = np.array([(r["probability"], r["impact"]) for r in risks]).reshape(-1, 2)
    colours = [_RISK_COLOURS[r["category"]] for r in risks]
    _numbered(axes, points, colours, np.zeros(len(points)))
    handles = [Line2D([], [], color=c, marker="o", ls="", ms=7) for c in _RISK_COLOURS.values()]
    legend_above(axes, handles, list(_RISK_COLOURS))
    return figure


def _surround(axes: Axes, points: Array) -> None:
    """Limits with room around the points, in each axis' own scale."""
    for column, scale, limit in (
        (0, axes.get_xscale(), axes.set_xlim),
        (1, "linear", axes.set_ylim),
    ):
        values = np.log(points[:, column]) if scale == "log" else points[:, column]
        low, high = float(values.min()), float(values.max())
        room = 0.18 * (high - low) or 0.2 * max(abs(low), 0.1)
        ends = np.array([low - room, high + room])
        limit(*(np.exp(ends) if scale == "log" else ends))


def _numbered(axes: Axes, points: Array, colours: Sequence[str], areas: Array) -> None:
    """Dots of these areas (square points) at the points; numbers on them, or beside with a line."""
    size = axes.get_window_extent()
    places = np.asarray(axes.transData.transform(points), dtype=np.float64)
    corner = np.array([size.x0, size.y0])
    discs = spread(places, _NUMBER, corner + 6, np.array([size.x1, size.y1]) - 6)
    back = axes.transData.inverted().transform(discs)
    axes.scatter(points[:, 0], points[:, 1], s=areas, color=colours, alpha=0.25, lw=0)
    for number, (point, place, colour) in enumerate(zip(points, back, colours, strict=True), 1):
        axes.plot(*zip(point, place, strict=True), color=INK, lw=0.7)
        axes.plot(*point, "o", color=colour, ms=2.5)
        axes.plot(*place, "o", color=colour, ms=11, mew=0)
        axes.annotate(
            str(number), place, ha="center", va="center_baseline", color="#ffffff", fontsize=7
        )


def spread(places: Array, distance: float, lowest: Array, highest: Array) -> Array:
    """Move points (n, 2) apart until no two are nearer than ``distance``, within a box; points that
    are apart stay where they are. Deterministic."""
    moved = np.clip(places, lowest, highest)
    for _ in range(100):
        crowded = False
        for i in range(len(moved)):
            for j in range(i):
                gap = moved[i] - moved[j]
                length = float(np.hypot(*gap))
                if length < distance - 1e-6:
                    crowded = True
                    # points in one place part in a direction of their own
                    unit = gap / length if length > 0 else np.array([np.cos(i), np.sin(i)])
                    push = unit * (distance - length) / 2
                    moved[i], moved[j] = moved[i] + push, moved[j] - push
        moved = np.clip(moved, lowest, highest)
        if not crowded:
            break
    return np.asarray(moved, dtype=np.float64)
