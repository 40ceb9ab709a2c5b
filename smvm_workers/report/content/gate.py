"""How the idea was read, and the gate of T0+3 minutes."""

from typing import Any

from smvm_workers.engine.wording import chance
from smvm_workers.report.content.blocks import (
    Block,
    Documents,
    column,
    heading,
    paragraph,
    section,
    table,
)
from smvm_workers.report.wording import capital, label, listed, plain


def gate(documents: Documents) -> dict[str, Any] | None:
    """The decision matrix, and what the engine understood."""
    document = documents.get("gate.output.json")
    if document is None:
        return None
    reasons = "; ".join(plain(reason) for reason in document["reasons"])
    rows = [
        [capital(label(f["factor"])), f"{f['score']:.2f}", capital(plain(f["evidence"]))]
        for f in document["key_factors"]
    ]
    columns = [column("Factor"), column("Score", right=True), column("Evidence", 1)]
    return section(
        "gate",
        "Gate and reading of the idea",
        [
            paragraph(
                f"Minutes after the submission the gate said {document['gate_decision']}, with a"
                f" confidence of {chance(document['confidence_score'])}: {reasons}. A score of 1"
                " speaks for the idea, 0 against it."
            ),
            table("Factors of the gate", columns, rows),
            *_reading(documents),
        ],
    )


def _reading(documents: Documents) -> list[Block]:
    document = documents.get("reading.output.json")
    if document is None:
        return []
    reading = document["reading"]
    rows = [
        ["Nearest industries", "; ".join(match["name"] for match in reading["industries"])],
        ["Margins of", reading["margin_industry"]],
        ["Business model", label(reading["business_model"])],
        ["Customers", _customers(reading["segment"])],
        [
            "Technologies",
            listed(reading["technologies"]) if reading["technologies"] else "none named",
        ],
        [
            "Rules to meet",
            listed(reading["regulations"]) if reading["regulations"] else "none found",
        ],
        ["Words that decided", ", ".join(reading["evidence_words"]) or "none"],
    ]
    return [
        heading("How the idea was read"),
        table("Reading of the idea", [column("Aspect"), column("What was understood", 1)], rows),
    ]


def _customers(segment: Any) -> str:
    if segment["buyer"] == "firm":
        low, high = segment["employees_low"] or 1, segment["employees_high"]
        size = f", {low:,} to {high:,} employees" if high else ""
        return f"firms ({segment['label']}{size})"
    low, high = segment["age_low"], segment["age_high"]
    ages = f", aged {low} to {high}" if low and high and high < 99 else ""
    return f"consumers ({segment['label']}{ages})"
