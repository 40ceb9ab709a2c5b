"""Documents to report on, without an analysis: those that mock mode answers with."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from smvm_workers.report.content import compose
from smvm_workers.report.drawing import draw
from support.analysis import FINANCE_IDEA

VALIDATION_ID = "VAL-20241201-143052-a1b2c3d4-001"
CREATED_AT = datetime(2024, 12, 1, 14, 30, 52, 123, tzinfo=UTC)

_FOLDER = Path(__file__).parents[2] / "smvm_api" / "recorded"


@cache
def _recorded() -> dict[str, Any]:
    paths = [path for path in _FOLDER.glob("*.json") if path.name != "index.json"]
    return {path.name: json.loads(path.read_bytes()) for path in paths}


def documents(**idea: Any) -> dict[str, Any]:
    """Everything of one whole analysis, to change at will; ``idea`` changes what was submitted."""
    return {
        **deepcopy(_recorded()),
        "idea.input.json": {"idea": {**FINANCE_IDEA, **idea}},
    }


def content(given: dict[str, Any] | None = None) -> dict[str, Any]:
    """The composed content of these documents."""
    return compose(given or documents(), VALIDATION_ID, CREATED_AT)


@cache
def drawn() -> dict[str, bytes]:
    """The charts of the unchanged documents."""
    return draw(documents())


def texts(value: Any) -> list[str]:
    """Every text in it."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


NASTY = '<script>alert(1)</script> & "quotes" #panic("x") $x_1^2$ *b* _i_ `r` @ref <label> // end'
"""Markup of every language on the way to the reader."""
