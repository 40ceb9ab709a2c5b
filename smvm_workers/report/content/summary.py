"""The first two pages: the verdict, the figures that matter, why, and what to do."""

from collections.abc import Mapping
from typing import Any

from smvm_workers.engine.wording import chance, money
from smvm_workers.report.content.blocks import Documents
from smvm_workers.report.content.finance import outlook
from smvm_workers.report.content.simulation import belief, changed
from smvm_workers.report.wording import capital, label, plain, shortened, span

TITLE_LENGTH = 160
"""Characters of a title: about three lines."""
_FIELD = 240
_TOP_RISKS = 3
_NEAREST = 7
"""Changes that would flip the answer, nearest first; farther ones stand in the decision's document."""


def summary(documents: Documents) -> dict[str, Any]:
    """What a reader who reads nothing else must know."""
    decided = documents["decision.output.json"]["decision_recommendation"]
    gate = documents.get("gate.output.json")
    return {
        **_idea(documents["idea.input.json"]["idea"]),
        "verdict": label(decided["recommendation"]),
        "recommendation": decided["recommendation"],
        "confidence": chance(decided["confidence_score"]),
        "confidence_share": decided["confidence_score"],
        "basis": _basis(documents),
        "plain_words": plain(decided["plain_words"]),
        "figures": [*_market_figures(documents), *_money_figures(documents)],
        "reasons": [capital(plain(reason)) for reason in decided["reasons"]],
        "conditions": [capital(plain(text)) for text in decided["conditions"]],
        "flips": [
            capital(plain(flip["text"])) for flip in decided["what_would_flip_it"][:_NEAREST]
        ],
        "next_steps": [capital(plain(step)) for step in gate["next_steps"]] if gate else [],
        "risks": _top_risks(documents),
        "evidence": _evidence(documents),
        "outlook": outlook(documents),
    }


def _idea(idea: Mapping[str, Any]) -> dict[str, Any]:
    metadata = idea.get("metadata") or {}
    fields = {
        "Field": idea["domain"],
        "For": metadata.get("target_customers") or "not named",
        "Advantage claimed": metadata.get("competitive_advantage") or "not named",
    }
    return {
        "title": shortened(idea["description"], TITLE_LENGTH),
        "fields": [
            {"name": name, "value": shortened(str(value), _FIELD)} for name, value in fields.items()
        ],
    }


def _basis(documents: Documents) -> str:
    result = documents.get("simulation.result.json")
    observations = result["evidence"]["observations"] if result else 0
    if observations:
        return f"Rests on {observations} observations of traction, public figures and assumptions."
    return "Rests on public figures and assumptions; no traction has been observed yet."


def _market_figures(documents: Documents) -> list[dict[str, str]]:
    market = documents.get("market.output.json")
    if market is None:
        return []
    tam, som = market["intervals"]["tam"], market["intervals"]["som"]
    return [
        _figure("Market (TAM), a year", money(tam["median"]), span(tam)),
        _figure("Obtainable (SOM), a year", money(som["median"]), span(som)),
    ]


def _money_figures(documents: Documents) -> list[dict[str, str]]:
    finance = documents.get("finance.output.json")
    if finance is None:
        return []
    npv, need = finance["npv"], finance["funding_need"]
    third = finance["revenue_by_year"]["year_3"]
    earned = chance(finance["probability_npv_positive"])
    return [
        _figure("Chance to earn its cost back", earned, "share of simulated futures"),
        _figure("Net present value", money(npv["p50"]), span(npv)),
        _figure("Money needed", money(need["p50"]), span(need)),
        _figure("Revenue in year 3", money(third["p50"]), span(third)),
    ]


def _figure(name: str, value: str, interval: str) -> dict[str, str]:
    return {"name": name, "value": value, "interval": interval}


def _top_risks(documents: Documents) -> list[str]:
    document = documents.get("risk.output.json")
    if document is None:
        return []
    return [
        f"{capital(plain(risk['name']))} ({risk['level']}): {plain(risk['mitigation'])}"
        for risk in document["risks"][:_TOP_RISKS]
    ]


def _evidence(documents: Documents) -> list[str]:
    result = documents.get("simulation.result.json")
    if result is None or not result["evidence"]["observations"]:
        return []
    decided = documents["decision.output.json"]["decision_recommendation"]
    return [
        *_effect(decided),
        *(
            f"{capital(label(change['name']))}: {_median(change, 'before')} before,"
            f" {_median(change, 'after')} after ({_narrowing(change)})"
            for change in changed(result["evidence"])
        ),
    ]


def _effect(decided: Mapping[str, Any]) -> list[str]:
    """How far the evidence moved the decision; an older decision does not say."""
    effect = decided.get("evidence_effect")
    if effect is None:
        return []
    before, now = label(effect["recommendation_before"]), label(decided["recommendation"])
    answer = (
        f"the answer stays {now}" if before == now else f"the answer was {before}, and is {now}"
    )
    return [
        f"The chance to earn its cost back was {chance(effect['probability_before'])} without the"
        f" evidence and is {chance(effect['probability_after'])} with it; {answer}"
    ]


def _median(change: Mapping[str, Any], when: str) -> str:
    return belief(change["name"], change[when]["median"])


def _narrowing(change: Mapping[str, Any]) -> str:
    before, after = (change[k]["high"] - change[k]["low"] for k in ("before", "after"))
    if before <= 0 or after >= before:
        return "the 80 % interval is no narrower"
    return f"the 80 % interval is {100 * (1 - after / before):.0f} % narrower"
