"""Charts of named quantities, one to a line."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from smvm_workers.report.charts.style import (
    BLUE,
    GREY,
    INK,
    MONEY,
    ORANGE,
    WIDE,
    frame,
    legend_above,
)
from smvm_workers.report.charts.svg import chart

_LONGEST = 34
"""Characters of a name before it goes on in a second line."""
_CHARACTER = 0.058
"""Inches that a character takes on average."""
_CHANGE = FuncFormatter(
    lambda value, _: f"{value:+.0f} %".replace("-", "\N{MINUS SIGN}") if value else "0 %"
)


@chart("scenarios")
def scenario_chart(scenarios: Sequence[Mapping[str, Any]]) -> Figure:
    """Customers at the end against the baseline's, with twice the Monte Carlo error.

    Each scenario has ``name``, ``change`` (1 = twice the baseline) and ``error``.
    """
    figure, axes = _lines(
        [s["name"] for s in scenarios], "Customers after thirty days against the baseline"
    )
    for position, scenario in enumerate(scenarios):
        change = 100 * scenario["change"]
        axes.barh(position, change, color=BLUE if change >= 0 else ORANGE, height=0.6)
        axes.errorbar(change, position, xerr=200 * scenario["error"], color=INK, lw=1, capsize=2)
    axes.axvline(0, color=GREY, lw=0.8)
    axes.xaxis.set_major_formatter(_CHANGE)
    return figure


@chart("tornado")
def tornado_chart(bars: Sequence[Mapping[str, Any]]) -> Figure:
    """Net present value in USD with each input (``name``) at its 10th and at its 90th percentile."""
    figure, axes = _lines([bar["name"] for bar in bars], "Net present value")
    for position, bar in enumerate(bars):
        axes.plot([bar["low"], bar["high"]], [position, position], color="#c4c4c4", lw=5)
        axes.plot(bar["low"], position, "o", color=ORANGE, ms=6)
        axes.plot(bar["high"], position, "o", color=BLUE, ms=6)
    axes.axvline(0, color=GREY, lw=0.8)
    axes.xaxis.set_major_formatter(MONEY)
    axes.xaxis.set_major_locator(MaxNLocator(7))
    handles = [Line2D([], [], color=c, marker="o", ls="", ms=6) for c in (ORANGE, BLUE)]
    legend_above(axes, handles, ["input low (10 %)", "input high (90 %)"])
    return figure


def _lines(names: Sequence[str], label: str) -> tuple[Figure, Axes]:
    """Axes with a line for each name, the first on top, and a margin that the names fit in."""
    parts = [wrap(name, _LONGEST)[:2] for name in names]
    longest = max((len(line) for lines in parts for line in lines), default=0)
    figure, axes = frame(
        label, "", (WIDE[0], 0.9 + 0.21 * max(3, len(names))), left=0.25 + _CHARACTER * longest
    )
    axes.set_yticks(range(len(names)), ["\n".join(lines) for lines in parts])
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    return figure, axes
