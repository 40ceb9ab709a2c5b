"""Three years of money."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from smvm_workers.engine.wording import chance, money, percent
from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    beside,
    chart,
    charts,
    column,
    heading,
    paragraph,
    section,
    table,
)
from smvm_workers.report.wording import capital, label

_SHOWN_BARS = 8
_SHOWN_INDICES = 6


def finance(documents: Documents) -> dict[str, Any] | None:
    """The second deliverable; None where no projection was made."""
    document = documents.get("finance.output.json")
    if document is None:
        return None
    return section(
        "finance",
        "Finance: three years",
        [
            paragraph(_chances(document)),
            _figures(document),
            heading("Cost structure and sensitivity"),
            charts(_tornado(shown_bars(document))),
            beside(_costs(document["cost_structure"]), _indices(document["sensitivity"]["sobol"])),
        ],
    )


def outlook(documents: Documents) -> list[Block]:
    """Revenue and cash month by month, for the summary."""
    document = documents.get("finance.output.json")
    if document is None:
        return []
    monthly = document["monthly_revenue"], document["monthly_cash"]
    return [charts(_revenue(monthly[0]), _cash(monthly[1]))]


def shown_bars(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The inputs that move the net present value most, widest first."""
    bars = document["sensitivity"]["tornado"][:_SHOWN_BARS]
    return [{"name": label(b["input"]), "low": b["low"], "high": b["high"]} for b in bars]


def _chances(document: Mapping[str, Any]) -> str:
    return (
        "Thirty-six months, before tax, in US dollars. The venture earns its cost back in"
        f" {chance(document['probability_npv_positive'])} of the simulated futures, counting what the"
        " customers won by then still bring; its cash is back within the three years in"
        f" {chance(document['probability_payback'])}. In the worst twentieth of the futures"
        f" {money(document['expected_shortfall_95'])} are lost on average. Revenue and cash month by"
        " month stand in the summary."
    )


def _figures(document: Mapping[str, Any]) -> Block:
    rows: list[tuple[str, Mapping[str, float], Callable[[float], str]]] = [
        (f"Revenue, year {year}", document["revenue_by_year"][f"year_{year}"], money)
        for year in (1, 2, 3)
    ]
    rows += [
        ("Net present value (NPV)", document["npv"], money),
        ("Money needed", document["funding_need"], money),
        ("Return on what is spent (ROI)", document["roi"], percent),
        ("Lifetime value to acquisition cost", document["ltv_to_cac"], lambda v: f"{v:.2g}"),
    ]
    for name, key, show in (
        ("First month with a profit", "break_even_month", lambda v: f"{v:.0f}"),
        ("Payback, months", "payback_months", lambda v: f"{v:.0f}"),
        ("Internal rate of return, a year", "irr", percent),
    ):
        if document[key]:
            rows.append((f"{name}{_where(document[key])}", document[key], show))
    columns = [
        column("Figure", 1),
        column("Low (10 %)", right=True),
        column("Median", right=True),
        column("High (90 %)", right=True),
    ]
    shown = [[name, *(show(row[p]) for p in ("p10", "p50", "p90"))] for name, row, show in rows]
    return table("Financial projection", columns, shown, whole=True)


def _where(row: Mapping[str, float]) -> str:
    share = row.get("share", 1.0)
    return f" (in the {percent(share)} of futures that have one)" if share < 1 else ""


def _revenue(monthly: Mapping[str, Sequence[float]]) -> Block:
    low, median, high = (money(monthly[name][-1]) for name in ("p10", "p50", "p90"))
    return chart(
        "revenue",
        f"In month {len(monthly['p50'])} the median revenue is {median} a month; eight of ten futures"
        f" lie between {low} and {high}.",
        "The bands hold 50 and 80 % of the simulated futures.",
    )


def _cash(monthly: Mapping[str, Sequence[float]]) -> Block:
    middle = monthly["p50"]
    lowest = min(range(len(middle)), key=lambda month: middle[month])
    back = next((m for m in range(lowest, len(middle)) if middle[m] > 0), None)
    if middle[lowest] >= 0:
        text = "The median of the cumulative cash never falls below zero."
    elif back is None:
        text = (
            f"The median is deepest in month {lowest + 1}, at {money(middle[lowest])}, and not back"
            f" above zero by month {len(middle)}."
        )
    else:
        text = (
            f"The median is deepest in month {lowest + 1}, at {money(middle[lowest])}, and above zero"
            f" from month {back + 1} on."
        )
    return chart("cash", text, "The bands hold 50 and 80 % of the simulated futures.")


def _costs(shares: Mapping[str, float]) -> Block:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    rows = [[capital(label(name)), percent(share)] for name, share in ordered]
    return table(
        "Cost structure", [column("Cost", 1), column("Share of all costs", right=True)], rows
    )


def _tornado(bars: Sequence[Mapping[str, Any]]) -> Block:
    if not bars:
        return chart("tornado", "No input was varied.", "")
    first = bars[0]
    turning = sum(min(b["low"], b["high"]) < 0 < max(b["low"], b["high"]) for b in bars)
    return chart(
        "tornado",
        f"{capital(first['name'])}: no input moves the net present value more, from"
        f" {money(first['low'])} to {money(first['high'])}. {turning} of the {len(bars)} inputs shown"
        " can turn its sign alone.",
        "Each input from its 10th to its 90th percentile, the others at their medians.",
    )


def _indices(indices: Sequence[Mapping[str, Any]]) -> Block:
    columns = [
        column("Input", 1),
        column("Alone", right=True),
        column("With interactions", right=True),
    ]
    rows = [
        [capital(label(i["input"])), *(f"{max(0.0, i[k]):.2f}" for k in ("first_order", "total"))]
        for i in indices[:_SHOWN_INDICES]
    ]
    return table("Share of the variance of NPV (Sobol' index)", columns, rows)
