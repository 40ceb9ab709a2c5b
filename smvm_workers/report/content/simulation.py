"""The simulated market: adoption, price, scenarios, and what evidence changed."""

from collections.abc import Mapping, Sequence
from typing import Any

from smvm_workers.engine.wording import chance, money, percent
from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    chart,
    charts,
    column,
    heading,
    paragraph,
    points,
    section,
    table,
)
from smvm_workers.report.wording import capital, count, label, plain

_SHARES = ("click_through", "conversion", "churn")
_LEVELS = ("p10", "p50", "p90")
_SAME_PRICE = 0.05
"""Two prices nearer than this, relatively, are called the same."""


def simulation(documents: Documents) -> dict[str, Any] | None:
    """Adoption in the first thirty days; None where nothing was simulated."""
    result = documents.get("simulation.result.json")
    if result is None:
        return None
    return section(
        "simulation",
        "Simulation of the first thirty days",
        [
            paragraph(_what_was_simulated(result)),
            charts(_fan(result), _price(result)),
            paragraph(_demand(result)),
            charts(_scenarios(result)),
            _scenario_table(result),
            paragraph(_uncertainty(result)),
            *_evidence(result),
        ],
    )


def shown_scenarios(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scenarios beside the baseline: name, change of customers against it, and its error."""
    return [
        {
            "name": label(scenario["name"]),
            "change": scenario["against_baseline"] - 1,
            "error": scenario["against_baseline_error"],
        }
        for scenario in result["scenarios"]
        if scenario["name"] != "baseline"
    ]


def prices(result: Mapping[str, Any]) -> tuple[float, float]:
    """The planned price and the one with the highest profit, USD a year."""
    spend = result["conditions"]["annual_spend"]
    return (
        result["conditions"]["prices"][0] * spend,
        result["price_response"]["best_price"] * spend,
    )


def _what_was_simulated(result: Mapping[str, Any]) -> str:
    baseline = result["scenarios"][0]
    return (
        f"The launch was simulated {baseline['replications']:,} times with people who hear of the"
        " offer, talk about it, choose between it, the competitors and nothing, and leave again. In the"
        f" baseline {percent(baseline['aware'])} of the potential customers have heard of the offer"
        f" after thirty days; of those who know it {percent(result['choice_share'])} take it at the"
        " planned price."
    )


def _fan(result: Mapping[str, Any]) -> Block:
    bands, customers = result["scenarios"][0]["bands"], result["conditions"]["customers"]
    low, median, high = (count(customers * bands[name][-1]) for name in ("p10", "p50", "p90"))
    return chart(
        "fan",
        f"After thirty days the median is {median} customers; eight of ten launches end between"
        f" {low} and {high}.",
        "Baseline; the bands hold 50, 80 and 95 % of the simulated launches.",
    )


def _price(result: Mapping[str, Any]) -> Block:
    planned, best = prices(result)
    if abs(best / planned - 1) < _SAME_PRICE:
        text = f"The planned price, {money(planned)} a year, is about the one with most profit."
    else:
        side = "above" if best > planned else "below"
        text = (
            f"Most profit from each who knows the offer lies at {money(best)} a year, {side} the"
            f" planned {money(planned)}."
        )
    return chart("price", text, "Share that buys (line) and profit (dashes), over the price.")


def _demand(result: Mapping[str, Any]) -> str:
    response = result["price_response"]
    spend = result["conditions"]["annual_spend"]
    pays = response["willingness_to_pay"]
    cross: Mapping[str, float] = response["cross_elasticities"]
    text = (
        f"Half of the people would pay at most {money(pays['p50'] * spend)} a year, one in ten more"
        f" than {money(pays['p90'] * spend)}. A price one per cent higher changes our demand by"
        f" {_signed(response['own_elasticity'])} %"
    )
    if not cross:
        return f"{text}."
    name = max(cross, key=lambda rival: cross[rival])
    return (
        f"{text}; one per cent more at {name}, the closest substitute, by {_signed(cross[name])} %."
    )


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "\N{MINUS SIGN}")


def _scenarios(result: Mapping[str, Any]) -> Block:
    return chart(
        "scenarios",
        _scenario_takeaway(shown_scenarios(result)),
        "Change of the customers after thirty days; lines are two standard errors of the simulation,"
        " which uses the same chances in every scenario.",
    )


def _scenario_takeaway(shown: Sequence[Mapping[str, Any]]) -> str:
    if not shown:
        return "Only the baseline was simulated."
    worst, best = (pick(shown, key=lambda s: float(s["change"])) for pick in (min, max))
    loss = (
        f"“{capital(worst['name'])}” costs most, {percent(-worst['change'])} of the customers"
        if worst["change"] < 0
        else "No scenario costs customers"
    )
    gain = (
        f"“{best['name']}” brings most, {percent(best['change'])} more"
        if best["change"] > 0
        else "none brings more than the baseline"
    )
    return f"{loss}; {gain}."


def _scenario_table(result: Mapping[str, Any]) -> Block:
    customers = result["conditions"]["customers"]
    columns = [
        column("On day 30", 1),
        column("Customers", right=True),
        column("80 % interval", right=True),
        column("Revenue a day", right=True),
        column("Share of the category", right=True),
    ]
    rows = [_scenario_row(scenario, customers) for scenario in result["scenarios"]]
    return table("Scenarios on day 30, medians", columns, rows, whole=True)


def _scenario_row(scenario: Mapping[str, Any], customers: float) -> list[str]:
    low, median, high = (customers * scenario["bands"][p][-1] for p in _LEVELS)
    return [
        capital(label(scenario["name"])),
        count(round(median)),
        f"{count(round(low))} to {count(round(high))}",
        money(scenario["revenue_bands"]["p50"][-1]),
        percent(scenario["share_bands"]["p50"][-1]),
    ]


def _uncertainty(result: Mapping[str, Any]) -> str:
    """What is not known and what is chance, kept apart."""
    luck = result["scenarios"][0]["precision"]["adopters"]["chance_share"]
    return (
        f"Of the spread in the number of customers (its variance) {chance(luck)} is luck; the rest is"
        " what is not known yet about the market, and that is what observed traction narrows. With a"
        f" probability of {chance(result['success'])} the launch wins the"
        f" {percent(result['success_threshold'])} of the potential customers that the average"
        " new product of the literature does."
    )


def _evidence(result: Mapping[str, Any]) -> list[Block]:
    evidence = result["evidence"]
    if not evidence["observations"]:
        return []
    columns = [
        column("Belief", 1),
        column("Before (80 % interval)", right=True),
        column("After (80 % interval)", right=True),
    ]
    rows = [
        [
            capital(label(c["name"])),
            *(interval_of(c["name"], c[when]) for when in ("before", "after")),
        ]
        for c in changed(evidence)
    ]
    findings = [capital(plain(finding["message"])) for finding in result["findings"]]
    return [
        heading("What the evidence changed"),
        paragraph(
            f"{evidence['observations']} observations of traction updated what was assumed before."
        ),
        *([table("Beliefs before and after the evidence", columns, rows)] if rows else []),
        *([points(findings)] if findings else []),
    ]


def changed(evidence: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The beliefs that the observations moved or narrowed."""
    return [change for change in evidence["changes"] if change["before"] != change["after"]]


def interval_of(name: str, interval: Mapping[str, float]) -> str:
    """Median and 80 % interval of a belief."""
    low, high = (belief(name, interval[end]) for end in ("low", "high"))
    return f"{belief(name, interval['median'])} ({low} to {high})"


def belief(name: str, value: float) -> str:
    """A value of a belief: shares in per cent, speeds in per cent a year."""
    if name == "innovation":
        return f"{count(100 * value)} % a year"
    return f"{count(100 * value)} %" if name in _SHARES else count(value)
