"""What the report says, as plain data for the template: words and rounded figures."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from smvm_workers.engine.wording import money, percent
from smvm_workers.stages.base import Document

Documents = Mapping[str, Document]

_VERDICTS = {"go": "Go", "conditional_go": "Conditional go", "no_go": "No-go"}


def compose(documents: Documents, validation_id: str, created_at: datetime) -> dict[str, Any]:
    """The template's input; sections whose documents do not exist are None."""
    decision = documents["decision.output.json"]
    recommended = decision["decision_recommendation"]
    return {
        "validation_id": validation_id,
        "date": f"{created_at:%-d %B %Y}",
        "year": created_at.year,
        "month": created_at.month,
        "day": created_at.day,
        "idea": _idea(documents),
        "verdict": _VERDICTS[recommended["recommendation"]],
        "recommendation": recommended["recommendation"],
        "confidence": percent(recommended["confidence_score"]),
        "plain_words": recommended["plain_words"],
        "reasons": recommended["reasons"],
        "conditions": recommended["conditions"],
        "flips": [flip["text"] for flip in recommended["what_would_flip_it"]],
        "gate": _gate(documents),
        "figures": _headline(documents),
        "market": _market(documents),
        "personas": _personas(documents),
        "competitors": _competitors(documents),
        "simulation": _simulation(documents),
        "finance": _finance(documents),
        "technical": _technical(documents),
        "risks": _risks(documents),
        "assumptions": [_assumption(entry) for entry in decision["assumptions"]],
        # assumptions stand in their own table, with their ranges
        "sources": [_source(s) for s in decision["sources"] if s["kind"] != "assumption"],
    }


def span(interval: Mapping[str, float]) -> str:
    """The 80 % interval of an interval or of a summary."""
    low, high = interval.get("low", interval.get("p10")), interval.get("high", interval.get("p90"))
    return f"{money(float(low or 0))} to {money(float(high or 0))}"


def _idea(documents: Documents) -> dict[str, str]:
    idea = documents["idea.input.json"]["idea"]
    metadata = idea.get("metadata") or {}
    return {
        "description": idea["description"],
        "domain": idea["domain"],
        "urgency": idea["urgency"],
        "customers": str(metadata.get("target_customers") or "not named"),
        "advantage": str(metadata.get("competitive_advantage") or "not named"),
    }


def _gate(documents: Documents) -> dict[str, Any] | None:
    gate = documents.get("gate.output.json")
    if gate is None:
        return None
    factors = [
        {
            "factor": entry["factor"].replace("_", " "),
            "score": f"{entry['score']:.2f}",
            "evidence": entry["evidence"],
        }
        for entry in gate["key_factors"]
    ]
    return {
        "decision": gate["gate_decision"],
        "reasons": gate["reasons"],
        "factors": factors,
        "next_steps": gate["next_steps"],
    }


def _headline(documents: Documents) -> list[dict[str, str]]:
    market, finance = documents.get("market.output.json"), documents.get("finance.output.json")
    found = []
    if market is not None:
        tam = market["intervals"]["tam"]
        found.append({"label": "TAM a year", "value": money(tam["median"]), "range": span(tam)})
    if finance is not None:
        npv, third = finance["npv"], finance["revenue_by_year"]["year_3"]
        chance = percent(finance["probability_npv_positive"])
        found += [
            {"label": "earns its cost back", "value": chance, "range": "of simulated futures"},
            {"label": "net present value", "value": money(npv["p50"]), "range": span(npv)},
            {"label": "revenue, year 3", "value": money(third["p50"]), "range": span(third)},
        ]
    return found


def _market(documents: Documents) -> dict[str, Any] | None:
    market = documents.get("market.output.json")
    if market is None:
        return None
    labels = {
        "tam": "TAM: everybody who could buy, USD a year",
        "sam": "SAM: within reach, USD a year",
        "som": "SOM: obtainable in three years, USD a year",
        "annual_spend": "what a customer spends a year",
    }
    rows = [
        {
            "name": text,
            "median": money(market["intervals"][key]["median"]),
            "range": span(market["intervals"][key]),
        }
        for key, text in labels.items()
    ]
    customers = market["intervals"]["customers"]
    return {
        "rows": rows,
        "customers": f"{customers['median']:,.0f} ({customers['low']:,.0f} to"
        f" {customers['high']:,.0f})",
        "growth": percent(market["growth"]),
        "findings": [finding["message"] for finding in market["findings"]],
    }


def _personas(documents: Documents) -> list[dict[str, str]] | None:
    document = documents.get("personas.output.json")
    if document is None:
        return None
    ordered = sorted(document["personas"], key=lambda p: -float(p["weight"]))
    return [
        {
            "name": persona["name"],
            "weight": percent(persona["weight"]),
            "income": money(persona["economic_profile"]["income"]),
            "spend": money(persona["economic_profile"]["category_spend"]),
            "price": f"{persona['behavioral_attributes']['price_sensitivity']:.2f}",
        }
        for persona in ordered[:8]
    ]


def _competitors(documents: Documents) -> list[dict[str, str]] | None:
    document = documents.get("competitors.output.json")
    if document is None:
        return None
    return [
        {
            "name": entry["company_info"]["name"],
            "description": entry["company_info"]["description"],
            "threat": entry["market_position"]["threat_level"],
            "likeness": f"{entry['market_position']['similarity']:.2f}",
            "strengths": "; ".join(entry["strengths_weaknesses"]["strengths"]) or "–",
            "weaknesses": "; ".join(entry["strengths_weaknesses"]["weaknesses"]) or "–",
        }
        for entry in document["competitors"]
    ]


def _simulation(documents: Documents) -> dict[str, Any] | None:
    result = documents.get("simulation.result.json")
    if result is None:
        return None
    response, spend = result["price_response"], result["conditions"]["annual_spend"]
    evidence = result["evidence"]
    return {
        "best_price": money(response["best_price"] * spend),
        "planned_price": money(result["conditions"]["prices"][0] * spend),
        "own_elasticity": f"{response['own_elasticity']:.1f}".replace("-", "−"),
        "choice_share": percent(result["choice_share"]),
        "replications": result["scenarios"][0]["replications"],
        "observations": evidence["observations"],
        "changes": [
            {
                "name": change["name"].replace("_", " "),
                "before": _figures(change["before"]),
                "after": _figures(change["after"]),
            }
            for change in evidence["changes"]
        ],
    }


def _figures(interval: Mapping[str, float]) -> str:
    return f"{interval['median']:.3g} ({interval['low']:.3g} to {interval['high']:.3g})"


def _finance(documents: Documents) -> dict[str, Any] | None:
    finance = documents.get("finance.output.json")
    if finance is None:
        return None
    rows: list[tuple[str, Mapping[str, float], Callable[[float], str]]] = [
        (f"revenue, year {year}", finance["revenue_by_year"][f"year_{year}"], money)
        for year in (1, 2, 3)
    ]
    rows += [
        ("net present value", finance["npv"], money),
        ("money needed", finance["funding_need"], money),
        ("return on what is spent", finance["roi"], percent),
        ("LTV to CAC", finance["ltv_to_cac"], lambda value: f"{value:.1f}"),
    ]
    if finance["payback_months"]:
        rows.append(("payback, months", finance["payback_months"], lambda v: f"{v:.0f}"))
    if finance["irr"]:
        rows.append(("internal rate of return", finance["irr"], percent))
    return {
        "rows": [
            {
                "name": name,
                "p10": show(row["p10"]),
                "p50": show(row["p50"]),
                "p90": show(row["p90"]),
            }
            for name, row, show in rows
        ],
        "costs": [
            {"name": name.replace("_", " "), "share": percent(share)}
            for name, share in finance["cost_structure"].items()
        ],
        "sobol": [
            {"input": entry["input"].replace("_", " "), "total": f"{max(0.0, entry['total']):.2f}"}
            for entry in finance["sensitivity"]["sobol"][:5]
        ],
        "shortfall": money(finance["expected_shortfall_95"]),
    }


def _technical(documents: Documents) -> dict[str, Any] | None:
    technical = documents.get("technical.output.json")
    if technical is None:
        return None
    effort = technical["effort"]
    return {
        "effort": f"{effort['median']:.0f} person-months ({effort['low']:.0f} to"
        f" {effort['high']:.0f})",
        "complexity": technical["integration_complexity"],
        "feasibility": f"{technical['feasibility']:.2f}",
        "stack": technical["stack"],
        "capabilities": [
            {
                "name": entry["name"],
                "maturity": f"{entry['maturity']:.2f}",
                "effort": f"{entry['effort']['median']:.0f}",
                "depends_on": ", ".join(entry["depends_on"]) or "–",
            }
            for entry in technical["capabilities"]
        ],
    }


def _risks(documents: Documents) -> list[dict[str, str]] | None:
    document = documents.get("risk.output.json")
    if document is None:
        return None
    return [
        {
            "name": entry["name"],
            "category": entry["category"],
            "level": entry["level"],
            "probability": percent(entry["probability"]),
            "impact": percent(entry["impact"]),
            "basis": entry["basis"],
            "mitigation": entry["mitigation"],
        }
        for entry in document["risks"]
    ]


def _assumption(entry: Mapping[str, Any]) -> dict[str, str]:
    interval = entry["interval"]
    return {
        "name": entry["name"].replace("_", " "),
        "range": " – ".join(_number(interval[part]) for part in ("low", "median", "high")),
        "unit": entry["unit"],
        "rationale": entry["rationale"],
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def _source(entry: Mapping[str, Any]) -> dict[str, str]:
    parts: Sequence[str] = [str(entry["name"]), str(entry.get("detail") or "")]
    return {
        "text": " – ".join(part for part in parts if part),
        "kind": str(entry["kind"]),
        "year": str(entry.get("year") or ""),
        "url": str(entry.get("url") or ""),
    }
