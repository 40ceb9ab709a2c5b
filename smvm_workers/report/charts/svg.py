"""Figures to SVG that can stand in a page: no style sheet, no style attribute, no needless name.

A strict Content-Security-Policy forbids ``style`` attributes, and names must be unique in a page that
holds several charts; matplotlib writes both.
"""

import io
import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import matplotlib as mpl
from matplotlib.figure import Figure

from smvm_workers.report.charts.style import style

P = ParamSpec("P")

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_NEEDLESS = re.compile(r"\s*<(metadata|style)\b.*?</\1>|\s*<!--.*?-->", re.DOTALL)
_STYLE = re.compile(r'\bstyle="([^"]*)"')
_NAME = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(url\(#|href="#)')
_EVERYWHERE = (
    'font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif" stroke-linejoin="round"'
    ' stroke-linecap="butt"'
)
"""What holds for every shape and text; matplotlib's style sheet said the last two."""


def chart(name: str) -> Callable[[Callable[P, Figure]], Callable[P, bytes]]:
    """Makes a function that draws a figure one that returns it as an ``svg`` element, in the common
    style; ``name`` keeps its inner names apart from other charts'. The same data, the same bytes."""

    def decorate(draw: Callable[P, Figure]) -> Callable[P, bytes]:
        @wraps(draw)
        def drawn(*arguments: P.args, **named: P.kwargs) -> bytes:
            with mpl.rc_context(style()):
                return _render(draw(*arguments, **named), name)

        return drawn

    return decorate


def _render(figure: Figure, name: str) -> bytes:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    return _clean(buffer.getvalue(), name).encode()


def _clean(svg: str, name: str) -> str:
    svg = _NEEDLESS.sub("", _PROLOGUE.sub("", svg, count=1))
    svg = svg.replace("<svg ", f"<svg {_EVERYWHERE} ", 1)
    svg = _STYLE.sub(_attributes, svg)
    svg = _NAME.sub(lambda found: _kept(found, svg, name), svg)
    return _REFERENCE.sub(rf"\g<1>{name}-", svg)


def _attributes(found: re.Match[str]) -> str:
    pairs = (item.split(":", 1) for item in found[1].split(";") if item.strip())
    named = ((key.strip(), value.strip()) for key, value in pairs)
    return " ".join(f'{key}="{value}"' for key, value in named if key != "font-family")


def _kept(found: re.Match[str], svg: str, name: str) -> str:
    used = f"#{found[1]}" in svg
    return f' id="{name}-{found[1]}"' if used else ""
