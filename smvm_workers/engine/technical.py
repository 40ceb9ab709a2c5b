"""Can it be built: capabilities that the idea needs, effort, integration, stack."""

import math
import re

from smvm_workers.engine.domain import (
    Capability,
    Finding,
    Idea,
    IdeaReading,
    Interval,
    Level,
    TechnicalAssessment,
)
from smvm_workers.engine.idea import full_text
from smvm_workers.engine.reference.tables import Row, source_of, table

_IMMATURE = 0.5
_UNNAMED = "requirements not yet named"
"""Stands for what the words leave open, where they tell nothing or are of another language."""
_UNREAD = {"foreign-language", "unclear"}
_BIG_EFFORT = 60.0
"""Person-months from which a first version is a research programme rather than a start-up's."""


def assess_technology(idea: Idea, reading: IdeaReading) -> TechnicalAssessment:
    """Feasibility in 0 to 1 and effort in person-months. Deterministic."""
    unread = any(finding.code in _UNREAD for finding in reading.findings)
    rows = _needed(full_text(idea), unread)
    capabilities = tuple(_capability(row) for row in rows)
    effort = _total([c.effort for c in capabilities])
    integrations = sum("integration" in c.name or "aggregation" in c.name for c in capabilities)
    return TechnicalAssessment(
        feasibility=_feasibility(reading, capabilities, effort),
        capabilities=capabilities,
        stack=tuple(dict.fromkeys(row["stack"] for row in rows)),
        integration_complexity=_complexity(integrations, len(capabilities)),
        effort=effort,
        findings=_findings(reading, capabilities),
        sources=tuple(dict.fromkeys(source_of(row) for row in rows)),
    )


def _needed(text: str, unread: bool) -> list[Row]:
    """Capabilities whose trigger words occur, with all they depend on, in the table's order."""
    rows = {row["capability"]: row for row in table("capabilities")}
    names = {name for name, row in rows.items() if _named(row, text)}
    if unread or not names:
        names.add(_UNNAMED)
    while missing := {d for n in names for d in _dependencies(rows[n])} - names:
        names |= missing
    return [row for name, row in rows.items() if name in names]


def _named(row: Row, text: str) -> bool:
    return bool(row["triggers"]) and re.search(rf"\b(?:{row['triggers']})\b", text) is not None


def _dependencies(row: Row) -> tuple[str, ...]:
    return tuple(row["depends_on"].split("|")) if row["depends_on"] else ()


def _capability(row: Row) -> Capability:
    low, median, high = (float(row[f"effort_{part}"]) for part in ("low", "median", "high"))
    return Capability(
        row["capability"], float(row["maturity"]), Interval(median, low, high), _dependencies(row)
    )


def _total(efforts: list[Interval]) -> Interval:
    """The sum of medians; its interval from log deviations that share half of their error."""
    median = sum(e.median for e in efforts)
    deviation = sum(math.log(e.high / e.low) * e.median for e in efforts) / median / 2
    shared = deviation * math.sqrt(0.5 + 0.5 / len(efforts))
    return Interval(
        round(median, 2),
        round(median * math.exp(-shared), 2),
        round(median * math.exp(shared), 2),
    )


def _feasibility(
    reading: IdeaReading, capabilities: tuple[Capability, ...], effort: Interval
) -> float:
    if any(f.code.startswith("impossible") for f in reading.show_stoppers):
        return 0.0
    weakest = min(c.maturity for c in capabilities)
    size = 1 / (1 + (effort.median / _BIG_EFFORT) ** 2)
    return round(math.sqrt(weakest * size), 4)


def _complexity(integrations: int, capabilities: int) -> Level:
    if integrations >= 2 or capabilities >= 7:
        return "high"
    return "medium" if integrations or capabilities >= 4 else "low"


def _findings(reading: IdeaReading, capabilities: tuple[Capability, ...]) -> tuple[Finding, ...]:
    immature = [c.name for c in capabilities if c.maturity <= _IMMATURE]
    found = [
        Finding("immature-technology", "warning", f"{name} is not mature technology")
        for name in immature
    ]
    if any(c.name == _UNNAMED for c in capabilities):
        text = "The words tell little of what must be built; the effort is a wide guess."
        found.append(Finding("requirements-unclear", "warning", text))
    return (*(f for f in reading.show_stoppers if f.code.startswith("impossible")), *found)
