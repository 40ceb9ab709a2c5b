"""The market: its size, its customers, its competitors."""

from collections.abc import Mapping, Sequence
from typing import Any

from smvm_workers.engine.wording import money, percent
from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    cell,
    chart,
    charts,
    column,
    heading,
    paragraph,
    points,
    section,
    table,
)
from smvm_workers.report.wording import capital, count, ends, listed, plain, shortened, span

_SIZES = {
    "tam": "TAM: all who could buy, a year",
    "sam": "SAM: within reach, a year",
    "som": "SOM: obtainable in three years, a year",
    "annual_spend": "Spend of one customer, a year",
}
_SHOWN_PERSONAS = 8


def market(documents: Documents) -> dict[str, Any] | None:
    """The first deliverable; None where none of its documents exists."""
    blocks = [*_size(documents), *_segmentation(documents), *_competition(documents)]
    return section("market", "Market", blocks) if blocks else None


def shown_personas(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The largest groups, largest first, as table and chart number them."""
    ordered = sorted(document["personas"], key=lambda persona: -float(persona["weight"]))
    return ordered[:_SHOWN_PERSONAS]


def _size(documents: Documents) -> list[Block]:
    document = documents.get("market.output.json")
    if document is None:
        return []
    intervals = document["intervals"]
    rows = [
        [text, money(intervals[key]["median"]), span(intervals[key])]
        for key, text in _SIZES.items()
    ]
    low, high = ends(intervals["customers"])
    rows.append(
        [
            "Potential customers within reach",
            count(intervals["customers"]["median"]),
            f"{count(low)} to {count(high)}",
        ]
    )
    columns = [column("Size", 1), column("Median", right=True), column("80 % interval", right=True)]
    findings = [capital(plain(finding["message"])) for finding in document["findings"]]
    return [
        heading("Size"),
        paragraph(
            "Top-down estimates (industry revenue) and bottom-up ones (customers times spend) are"
            " pooled with the claimed size, if any, each by its precision. The industries around the"
            f" idea changed by {percent(document['growth'])} a year, in nominal terms."
        ),
        table("Market size", columns, rows),
        *([paragraph("To be checked:"), points(findings)] if findings else []),
    ]


def _segmentation(documents: Documents) -> list[Block]:
    document = documents.get("personas.output.json")
    if document is None or not document["personas"]:
        return []
    shown = shown_personas(document)
    firms = shown[0]["demographics"]["employees_low"] is not None
    rows = [_persona_row(number, persona) for number, persona in enumerate(shown, 1)]
    columns = [
        column("Customer group", 1),
        column("Share", right=True),
        column("Revenue a year" if firms else "Income a year", right=True),
        column("Category spend", right=True),
        column("Price sensitivity", right=True),
        column("Readiness", right=True),
    ]
    words = "Areas grow with a group's share; numbers are those of the table."
    return [
        heading("Customer segmentation"),
        table("Customer groups", columns, rows),
        charts(chart("personas", _persona_takeaway(shown), words), *_positioning(documents)),
    ]


def _persona_row(number: int, persona: Mapping[str, Any]) -> list[Any]:
    behaviour, economy = persona["behavioral_attributes"], persona["economic_profile"]
    return [
        cell(f"{number}. {capital(persona['name'])}", _portrait(persona)),
        percent(persona["weight"]),
        money(economy["income"]),
        money(economy["category_spend"]),
        f"{behaviour['price_sensitivity']:.2f}",
        f"{behaviour['adoption_propensity']:.2f}",
    ]


def _portrait(persona: Mapping[str, Any]) -> str:
    """What a language model wrote of them, marked as such."""
    line = persona.get("portrait")
    return f"In a language model's words: {shortened(line, 160)}" if line else ""


def _persona_takeaway(shown: Sequence[Mapping[str, Any]]) -> str:
    def sensitivity(number: int) -> float:
        return float(shown[number]["behavioral_attributes"]["price_sensitivity"])

    least = min(range(len(shown)), key=sensitivity)
    largest = f"Group 1 is the largest, with {percent(shown[0]['weight'])} of the segment"
    if least == 0:
        return f"{largest}, and the least sensitive to price."
    return f"{largest}; group {least + 1} is the least sensitive to price."


def _competition(documents: Documents) -> list[Block]:
    document = documents.get("competitors.output.json")
    if document is None:
        return []
    rivals = document["competitors"]
    alone = not documents.get("personas.output.json", {}).get("personas")
    return [
        heading("Competitive positioning"),
        paragraph(_shares(document)),
        *([_matrix(rivals)] if rivals else []),
        *([charts(*found)] if alone and (found := _positioning(documents)) else []),
        *_also_named(document),
    ]


def _also_named(document: Mapping[str, Any]) -> list[Block]:
    names = [shortened(entry["name"], 60) for entry in document.get("also_named") or ()]
    if not names:
        return []
    return [
        paragraph(
            f"A language model also named {listed(names)}; that is unchecked and counts in no figure."
        )
    ]


def _shares(document: Mapping[str, Any]) -> str:
    quo = percent(document["status_quo_share"])
    text = f"Doing nothing, the strongest rival of most ideas, holds {quo} of the category."
    if not document["competitors"]:
        return (
            f"{text} No named competitor was found; that is a gap of the catalogue until checked."
        )
    return (
        f"{text} The planned price stands at {document['our_price_index']:.2f} and the quality at"
        f" {document['our_quality_index']:.2f} of what is usual."
    )


def _matrix(rivals: Sequence[Mapping[str, Any]]) -> Block:
    columns = [
        column("Competitor", 1.3),
        column("Threat"),
        column("Share", right=True),
        column("Price", right=True),
        column("Quality", right=True),
        column("Likeness", right=True),
        column("Strong in", 1.3),
        column("Weak in", 1),
    ]
    rows = [_rival_row(number, rival) for number, rival in enumerate(rivals, 1)]
    return table("Competitive positioning matrix", columns, rows)


def _rival_row(number: int, rival: Mapping[str, Any]) -> list[Any]:
    info, place, traits = (
        rival["company_info"],
        rival["market_position"],
        rival["strengths_weaknesses"],
    )
    return [
        cell(
            f"{number}. {shortened(info['name'], 60)}",
            shortened(info["description"], 140),
            str(info.get("url") or ""),
        ),
        place["threat_level"],
        percent(place["share"]),
        f"{place['price_index']:.2f}",
        f"{place['quality_index']:.2f}",
        f"{place['similarity']:.2f}",
        "; ".join(map(plain, traits["strengths"])) or "nothing known",
        "; ".join(map(plain, traits["weaknesses"])) or "nothing known",
    ]


def _positioning(documents: Documents) -> list[Block]:
    document = documents.get("competitors.output.json")
    if document is None or not document["competitors"]:
        return []
    words = "Areas grow with the share; numbers are those of the matrix of competitors."
    return [chart("positioning", _positioning_takeaway(document), words)]


def _positioning_takeaway(document: Mapping[str, Any]) -> str:
    ours = document["our_price_index"]
    prices = [rival["market_position"]["price_index"] for rival in document["competitors"]]
    dearer = sum(price > ours + 0.005 for price in prices)
    cheaper = sum(price < ours - 0.005 for price in prices)
    like = max(
        range(len(prices)),
        key=lambda i: float(document["competitors"][i]["market_position"]["similarity"]),
    )
    return (
        f"Of {len(prices)} named competitors {dearer or 'none'} ask more than the planned price and"
        f" {cheaper or 'none'} less; number {like + 1} is most like the idea."
    )
