"""Composes the pages with typst. What users wrote reaches the template as data, never as markup."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from smvm_workers.report.printable import font_folders, printable
from smvm_workers.report.texts import each_text

_STANDARDS = ["ua-1", "a-2a"]
"""Tagged for screen readers (PDF/UA), and readable in decades (PDF/A)."""


def typeset(content: Mapping[str, Any], drawn: Mapping[str, bytes], created_at: datetime) -> bytes:
    """The PDF of composed content and its charts; the same input gives the same bytes.

    Where a text cannot be shown by the rules of the standards, the PDF is tagged all the same, but
    claims none. Raises ``typst.TypstError`` for a fault of the template.
    """
    data = {
        **each_text(dict(content), printable),
        "charts": sorted(drawn),
        "day": [created_at.year, created_at.month, created_at.day],
    }
    inputs: dict[str, bytes] = {"main.typ": _template()}
    inputs |= {f"{name}.svg": svg for name, svg in drawn.items()}
    inputs["content.json"] = json.dumps(data, ensure_ascii=False).encode()
    try:
        return _compile(inputs, created_at, _STANDARDS)
    except typst.TypstError:
        # signs that no font combines (an accent on an emoji) are allowed nowhere in the standards
        return _compile(inputs, created_at, [])


def _compile(inputs: dict[str, bytes], created_at: datetime, standards: list[str]) -> bytes:
    pdf: bytes = typst.compile(  # type: ignore[call-overload]  # the stub knows no map of files
        inputs,
        format="pdf",
        font_paths=_fonts(),
        pdf_standards=standards,
        # typst takes whole seconds only
        timestamp=created_at.replace(microsecond=0),
    )
    return pdf


@cache
def _fonts() -> typst.Fonts:
    """The report's own fonts and no others, so that it looks the same everywhere."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=font_folders()
    )


@cache
def _template() -> bytes:
    return (files(__package__) / "report.typ").read_bytes()
