"""Colours, sizes and frames that all charts share: Okabe & Ito's colours, which the colour-blind tell
apart, and fixed margins, so that charts that stand together line up."""

from functools import cache
from pathlib import Path
from typing import Any

import manimgx_fonts
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from smvm_workers.engine.wording import money

BLUE, ORANGE, GREEN, GREY, INK = "#0072b2", "#d55e00", "#009e73", "#7a7a7a", "#333333"

WIDE, HALF = (6.6, 2.2), (3.24, 2.05)
"""Inches: the width of the text, and half of it for charts that stand side by side."""
_RIGHT, _TOP, _BOTTOM = 0.14, 0.3, 0.44

MONEY = FuncFormatter(lambda value, _: money(value))
COUNT = FuncFormatter(
    lambda value, _: f"{value:g}" if abs(value) < 1000 else money(value).replace("$", "")
)
PERCENT = FuncFormatter(lambda value, _: f"{value:g} %".replace("-", "\N{MINUS SIGN}"))

_STYLE: dict[Any, Any] = {
    "font.family": "Noto Sans",
    "font.size": 7.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "xtick.color": "#999999",
    "ytick.color": "#999999",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "legend.handlelength": 1.2,
    "legend.columnspacing": 1.2,
    "legend.borderaxespad": 0.2,
    # names inside an SVG are hashes with this salt, random otherwise
    "svg.hashsalt": "smvm",
    # real text: it can be searched, and takes the colours of a dark page
    "svg.fonttype": "none",
    # names come from outside: a dollar sign starts no formula
    "text.parse_math": False,
}


@cache
def style() -> dict[Any, Any]:
    """The settings, with the report's own font made known to matplotlib."""
    folder = Path(manimgx_fonts.__file__).parent
    font_manager.fontManager.addfont(str(folder / "NotoSans[wght].ttf"))
    return _STYLE


def frame(
    x_label: str,
    y_label: str,
    size: tuple[float, float] = HALF,
    left: float = 0.72,
    right: float = _RIGHT,
) -> tuple[Figure, Axes]:
    """A figure with one pair of axes; ``left`` and ``right`` are margins in inches."""
    width, height = size
    # one pixel a point
    figure = Figure(figsize=size, dpi=72)
    axes = figure.add_axes(
        (
            left / width,
            _BOTTOM / height,
            (width - left - right) / width,
            (height - _BOTTOM - _TOP) / height,
        )
    )
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def legend_above(axes: Axes, *arguments: Any) -> None:
    """The legend in one row over the axes, where no data are."""
    axes.legend(*arguments, loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
