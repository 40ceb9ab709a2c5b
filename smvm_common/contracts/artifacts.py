"""The JSON Schemas of the guide's eight artefacts; the PDF's describes its place, not its bytes."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

SCHEMA_NAMES = (
    "idea.input",
    "personas.output",
    "competitors.output",
    "simulation.config",
    "simulation.result",
    "decision.output",
    "analysis_report",
    "validation_summary",
)


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Read one schema (JSON Schema draft 2020-12) by the artefact's name without extension."""
    text = (files(__package__) / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
