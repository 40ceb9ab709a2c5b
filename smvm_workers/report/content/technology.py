"""What must be built."""

from collections.abc import Mapping, Sequence
from typing import Any

from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    column,
    heading,
    paragraph,
    points,
    section,
    table,
)
from smvm_workers.report.wording import capital, count, ends, listed, plain


def technology(documents: Documents) -> dict[str, Any] | None:
    """The third deliverable; None where it was not assessed."""
    document = documents.get("technical.output.json")
    if document is None:
        return None
    return section(
        "technology",
        "Technology",
        [
            paragraph(_effort(document)),
            heading("Architecture, in the order of building"),
            _capabilities(document["capabilities"]),
            heading("Integration"),
            paragraph(_integration(document)),
            heading("Stack to begin with"),
            points([capital(plain(part)) for part in document["stack"]]),
            *_findings(document),
        ],
    )


def _effort(document: Mapping[str, Any]) -> str:
    low, high = ends(document["effort"])
    return (
        f"A first version takes about {count(round(document['effort']['median']))} person-months (80 %"
        f" interval {count(round(low))} to {count(round(high))}). Feasibility is"
        f" {document['feasibility']:.2f} on a scale on which 1 is proven and small."
    )


def _capabilities(capabilities: Sequence[Mapping[str, Any]]) -> Block:
    rows = [
        [
            f"{number}. {capital(plain(entry['name']))}",
            f"{entry['maturity']:.2f}",
            f"{entry['effort']['median']:.0f} ({entry['effort']['low']:.0f} to"
            f" {entry['effort']['high']:.0f})",
            listed([plain(name) for name in entry["depends_on"]])
            if entry["depends_on"]
            else "nothing",
        ]
        for number, entry in enumerate(build_order(capabilities), 1)
    ]
    columns = [
        column("Capability", 1),
        column("Maturity", right=True),
        column("Person-months", right=True),
        column("Needs", 1),
    ]
    return table("Capabilities", columns, rows)


def build_order(capabilities: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What nothing here depends on last: each capability after those that it needs."""
    left, done, ordered = list(capabilities), set[str](), list[Mapping[str, Any]]()
    names = {entry["name"] for entry in capabilities}
    while left:
        ready = [e for e in left if all(d in done or d not in names for d in e["depends_on"])]
        # a circle has no first; the rest stays as it came
        for entry in ready or left:
            ordered.append(entry)
            done.add(entry["name"])
        left = [entry for entry in left if entry["name"] not in done]
    return ordered


def _integration(document: Mapping[str, Any]) -> str:
    capabilities = document["capabilities"]
    needing = [entry for entry in capabilities if entry["depends_on"]]
    text = (
        f"Integration complexity is {document['integration_complexity']}: {len(needing)} of"
        f" {len(capabilities)} capabilities rest on others."
    )
    if not capabilities:
        return text
    least = min(capabilities, key=lambda entry: float(entry["maturity"]))
    return (
        f"{text} The least mature is {plain(least['name'])} ({least['maturity']:.2f}): try it first, as"
        " a throw-away."
    )


def _findings(document: Mapping[str, Any]) -> list[Block]:
    findings = [capital(plain(finding["message"])) for finding in document["findings"]]
    return [paragraph("To be checked:"), points(findings)] if findings else []
