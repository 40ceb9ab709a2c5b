"""Draws the charts whose documents exist."""

from smvm_workers.report import charts
from smvm_workers.report.content.blocks import Documents
from smvm_workers.report.content.finance import shown_bars
from smvm_workers.report.content.market import shown_personas
from smvm_workers.report.content.simulation import prices, shown_scenarios


def draw(documents: Documents) -> dict[str, bytes]:
    """SVG by the name under which the content asks for it."""
    return {
        **_personas(documents),
        **_positioning(documents),
        **_simulation(documents),
        **_finance(documents),
        **_risks(documents),
    }


def _personas(documents: Documents) -> dict[str, bytes]:
    document = documents.get("personas.output.json")
    if document is None or not document["personas"]:
        return {}
    shown = [
        {
            "income": persona["economic_profile"]["income"],
            "price_sensitivity": persona["behavioral_attributes"]["price_sensitivity"],
            "weight": persona["weight"],
        }
        for persona in shown_personas(document)
    ]
    firms = document["personas"][0]["demographics"]["employees_low"] is not None
    label = "Revenue, USD a year" if firms else "Household income, USD a year"
    return {"personas": charts.persona_chart(shown, label)}


def _positioning(documents: Documents) -> dict[str, bytes]:
    document = documents.get("competitors.output.json")
    if document is None or not document["competitors"]:
        return {}
    places = [competitor["market_position"] for competitor in document["competitors"]]
    shown = [
        {"price": p["price_index"], "likeness": p["similarity"], "share": p["share"]}
        for p in places
    ]
    return {"positioning": charts.positioning_chart(shown, document["our_price_index"])}


def _simulation(documents: Documents) -> dict[str, bytes]:
    result = documents.get("simulation.result.json")
    if result is None:
        return {}
    conditions = result["conditions"]
    spend = conditions["annual_spend"]
    curve = [
        {"price": p["price"] * spend, "share": p["share"], "profit": p["profit"] * spend}
        for p in result["price_response"]["curve"]
    ]
    return {
        "fan": charts.fan_chart(result["scenarios"][0]["bands"], conditions["customers"]),
        "scenarios": charts.scenario_chart(shown_scenarios(result)),
        "price": charts.price_chart(curve, *prices(result)),
    }


def _finance(documents: Documents) -> dict[str, bytes]:
    document = documents.get("finance.output.json")
    if document is None:
        return {}
    return {
        "tornado": charts.tornado_chart(shown_bars(document)),
        "cash": charts.cash_chart(document["monthly_cash"]),
        "revenue": charts.revenue_chart(document["monthly_revenue"]),
    }


def _risks(documents: Documents) -> dict[str, bytes]:
    document = documents.get("risk.output.json")
    return {} if document is None else {"risks": charts.risk_chart(document["risks"])}
