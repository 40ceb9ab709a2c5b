"""Composes the pages with typst. What users wrote reaches the template as data, never as markup."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files

import typst

from smvm_workers.report import charts
from smvm_workers.report.content import compose
from smvm_workers.stages.base import Document


def typeset(documents: Mapping[str, Document], validation_id: str, created_at: datetime) -> bytes:
    """The PDF; the same documents give the same bytes."""
    content = compose(documents, validation_id, created_at)
    content["charts"] = sorted(drawn := draw(documents))
    inputs: dict[str, bytes] = {"main.typ": _template()}
    inputs |= {f"{name}.svg": svg for name, svg in drawn.items()}
    inputs["content.json"] = json.dumps(content, ensure_ascii=False).encode()
    pdf: bytes = typst.compile(  # type: ignore[call-overload]  # the stub knows no map of files
        inputs,
        format="pdf",
        ignore_system_fonts=True,
        # typst takes whole seconds only
        timestamp=created_at.replace(microsecond=0),
    )
    return pdf


def draw(documents: Mapping[str, Document]) -> dict[str, bytes]:
    """The charts whose documents exist, by name."""
    drawn: dict[str, bytes] = {}
    result = documents.get("simulation.result.json")
    if result is not None:
        conditions = result["conditions"]
        drawn["fan"] = charts.fan_chart(result["scenarios"][0], conditions["customers"])
        drawn["scenarios"] = charts.scenario_chart(result["scenarios"])
        drawn["price"] = charts.price_chart(
            result["price_response"], conditions["annual_spend"], conditions["prices"][0]
        )
    finance = documents.get("finance.output.json")
    if finance is not None:
        drawn["tornado"] = charts.tornado_chart(finance["sensitivity"]["tornado"])
        drawn["cash"] = charts.cash_chart(finance["monthly_cash"])
        drawn["revenue"] = charts.revenue_chart(finance["monthly_revenue"])
    rivals = documents.get("competitors.output.json")
    if rivals is not None and rivals["competitors"]:
        drawn["positioning"] = charts.positioning_chart(
            rivals["competitors"], rivals["our_price_index"]
        )
    risks = documents.get("risk.output.json")
    if risks is not None:
        drawn["risks"] = charts.risk_chart(risks["risks"])
    return drawn


@cache
def _template() -> bytes:
    return (files(__package__) / "report.typ").read_bytes()
