"""What can go wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from smvm_workers.engine.wording import chance, money, percent
from smvm_workers.report.content.blocks import (
    Documents,
    cell,
    chart,
    charts,
    column,
    paragraph,
    section,
    table,
)
from smvm_workers.report.wording import capital, plain


def risks(documents: Documents) -> dict[str, Any] | None:
    """The fourth deliverable; None where risks were not weighed."""
    document = documents.get("risk.output.json")
    if document is None:
        return None
    found = document["risks"]
    columns = [
        column("Risk", 1.3),
        column("Kind"),
        column("Level"),
        column("Probability", right=True),
        column("Impact", right=True),
        column("What to do", 1),
    ]
    return section(
        "risks",
        "Risks",
        [
            paragraph(_tail(document)),
            charts(chart("risks", _takeaway(found), "Lines join risks of equal score.")),
            table("Risks", columns, [_row(number, risk) for number, risk in enumerate(found, 1)]),
        ],
    )


def _tail(document: Mapping[str, Any]) -> str:
    rates: Mapping[str, float] = document["base_rates"]
    text = (
        f"Overall the risk is {document['overall']}. One future in twenty ends at"
        f" {money(-document['value_at_risk_95'])} or below; under stress the simulated launch keeps"
        f" {percent(1 - document['stress_loss'])} of its customers."
    )
    if not rates:
        return text
    years, share = list(rates.items())[-1]
    kept = percent(share)
    return f"{text} For comparison: {kept} of new establishments are still there after {years}."


def _takeaway(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return "No risk was found."
    high = sum(risk["level"] == "high" for risk in found)
    first = found[0]
    are = "is" if high == 1 else "are"
    return (
        f"{high or 'None'} of the {len(found)} risks {are} high; the largest is number 1,"
        f" {plain(first['name'])}, with a probability of {chance(first['probability'])}."
    )


def _row(number: int, risk: Mapping[str, Any]) -> list[Any]:
    return [
        cell(f"{number}. {capital(plain(risk['name']))}", capital(plain(risk["basis"]))),
        risk["category"],
        risk["level"],
        chance(risk["probability"]),
        percent(risk["impact"]),
        capital(plain(risk["mitigation"])),
    ]
