"""The parts that sections are made of, as plain data. The PDF and the page render the same blocks."""

from collections.abc import Mapping, Sequence
from typing import Any

Block = dict[str, Any]
Documents = Mapping[str, Mapping[str, Any]]


def section(name: str, title: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """A numbered section; ``name`` is its anchor."""
    return {"name": name, "title": title, "blocks": list(blocks)}


def heading(text: str) -> Block:
    return {"kind": "heading", "text": text}


def paragraph(text: str) -> Block:
    return {"kind": "paragraph", "text": text}


def points(items: Sequence[str]) -> Block:
    return {"kind": "points", "items": list(items)}


def column(title: str, width: float = 0, *, right: bool = False) -> dict[str, Any]:
    """A column of a table; ``width`` is its share of what is left over, 0 as wide as its text."""
    return {"title": title, "width": width, "align": "right" if right else "left"}


def cell(text: str, note: str = "", url: str = "") -> dict[str, str]:
    """A cell with small print below, or with a link; plain cells may be given as text."""
    return {
        "text": text,
        "note": note,
        "url": url if url.startswith(("https://", "http://")) else "",
    }


def table(
    title: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Sequence[Any]],
    *,
    small: bool = False,
    whole: bool = False,
) -> Block:
    """A table with one row of headers; ``title`` names it for screen readers; a
    ``whole`` one is never parted by the end of a page."""
    return {
        "kind": "table",
        "title": title,
        "columns": list(columns),
        "rows": [[cell(item) if isinstance(item, str) else item for item in row] for row in rows],
        "small": small,
        "whole": whole,
    }


def beside(*tables: Block) -> Block:
    """Narrow tables side by side, each under its title."""
    return {"kind": "beside", "items": list(tables)}


def charts(*items: Block) -> Block:
    """One chart over the whole width, or two side by side."""
    return {"kind": "charts", "items": list(items)}


def chart(name: str, takeaway: str, caption: str) -> Block:
    """A chart by name; ``takeaway`` is the one sentence that it shows, computed from its data."""
    return {
        "name": name,
        "takeaway": takeaway,
        "caption": caption,
        "alternative": f"Chart. {takeaway} {caption}",
    }
