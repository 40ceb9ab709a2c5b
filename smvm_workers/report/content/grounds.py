"""What the report rests on: assumptions, sources, limits, and the idea as it was submitted."""

from collections.abc import Mapping, Sequence
from typing import Any

from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    cell,
    column,
    heading,
    paragraph,
    points,
    section,
    table,
)
from smvm_workers.report.content.summary import TITLE_LENGTH
from smvm_workers.report.wording import capital, count, plain

_KINDS = {
    "claim": "claimed by the submitter",
    "evidence": "observed",
    "reference": "published",
    "model": "said by a language model",
}
_LIMITS = (
    "The mathematics is tested against published results. That says nothing of whether the forecast"
    " for an unseen idea is right: take the intervals seriously and the medians lightly.",
    "Where no public figure exists, a labelled assumption with a wide interval stands in, to be"
    " replaced by observed traction.",
    "Public figures are of the United States; other countries are not modelled.",
    "Competitors come from a catalogue: who is not in it is not found.",
    "Nothing here is legal, tax or investment advice.",
)


def grounds(documents: Documents) -> dict[str, Any]:
    """The ledger of assumptions, and every source."""
    decision = documents["decision.output.json"]
    return section(
        "grounds",
        "What this rests on",
        [
            heading("Assumptions"),
            _assumptions(_used(decision, "simulation.result.json" in documents)),
            heading("Sources"),
            _sources(decision["sources"]),
        ],
    )


def limits(documents: Documents) -> dict[str, Any]:
    """What the report cannot know."""
    return section("limits", "Limits", [points(_LIMITS)])


def submission(documents: Documents) -> dict[str, Any] | None:
    """The description in full; None where the title already is."""
    description = documents["idea.input.json"]["idea"]["description"]
    if len(" ".join(description.split())) <= TITLE_LENGTH:
        return None
    return section("submission", "The idea as submitted", [paragraph(description)])


def _used(decision: Mapping[str, Any], whole: bool) -> list[Mapping[str, Any]]:
    """All assumptions of a whole analysis; of one that ended at the gate, those that it names."""
    named = {str(source.get("detail")).partition(":")[0] for source in decision["sources"]}
    return [entry for entry in decision["assumptions"] if whole or entry["name"] in named]


def _assumptions(entries: Sequence[Mapping[str, Any]]) -> Block:
    columns = [
        column("Assumption", 1.1),
        column("Low", right=True),
        column("Median", right=True),
        column("High", right=True),
        column("Unit", 1),
        column("Why", 2.6),
    ]
    rows = [
        [
            capital(plain(entry["name"])),
            *(count(entry["interval"][part]) for part in ("low", "median", "high")),
            entry["unit"],
            capital(plain(entry["rationale"])),
        ]
        for entry in entries
    ]
    return table("Assumptions", columns, rows, small=True)


def _sources(sources: Sequence[Mapping[str, Any]]) -> Block:
    """Published, claimed and observed; assumptions stand in their own table."""
    grouped: dict[tuple[str, str, str, str], list[str]] = {}
    for source in sources:
        if source["kind"] != "assumption":
            key = (
                str(source["name"]),
                str(source["kind"]),
                str(source.get("year") or ""),
                str(source.get("url") or ""),
            )
            grouped.setdefault(key, []).append(plain(str(source.get("detail") or "")))
    columns = [column("Source", 1), column("Kind"), column("Year", right=True)]
    rows = [
        [_cited(name, [d for d in dict.fromkeys(details) if d], url), _KINDS.get(kind, kind), year]
        for (name, kind, year, url), details in grouped.items()
    ]
    return table("Sources", columns, rows, small=True)


def _cited(name: str, details: list[str], url: str) -> dict[str, str]:
    """Named by what it is about where it is a page of its own, else with the details below."""
    if url and len(details) == 1:
        return cell(f"{details[0]}: {plain(name)}", "", url)
    return cell(capital(plain(name)), "; ".join(details), url)
