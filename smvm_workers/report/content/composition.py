"""Puts summary and sections together; a section whose documents do not exist is left out."""

from datetime import datetime
from typing import Any

from smvm_workers.report.content.blocks import Documents
from smvm_workers.report.content.finance import finance
from smvm_workers.report.content.gate import gate
from smvm_workers.report.content.grounds import grounds, limits, submission
from smvm_workers.report.content.market import market
from smvm_workers.report.content.risks import risks
from smvm_workers.report.content.simulation import simulation
from smvm_workers.report.content.summary import summary
from smvm_workers.report.content.technology import technology
from smvm_workers.report.texts import each_text, without_controls

_SECTIONS = (gate, market, simulation, finance, technology, risks, limits, grounds, submission)


def compose(documents: Documents, validation_id: str, created_at: datetime) -> dict[str, Any]:
    """Everything that the templates print. The same documents give the same content."""
    found = (make(documents) for make in _SECTIONS)
    content: dict[str, Any] = each_text(
        {
            "validation_id": validation_id,
            "date": f"{created_at:%-d %B %Y}",
            "summary": summary(documents),
            "sections": [section for section in found if section is not None],
        },
        without_controls,
    )
    return content
