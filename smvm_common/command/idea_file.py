"""Reads what to submit from a file, or takes the guide's own example."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from smvm_common.client import Idea, Submission
from smvm_common.errors import InvalidInputError

EXAMPLE = Idea(
    description="AI-powered personal finance management platform",
    domain="finance",
    urgency="high",
    submitter="john.doe@company.com",
    metadata={
        "estimated_market_size": 5_000_000,
        "target_customers": "millennials",
        "competitive_advantage": "AI-driven insights",
    },
)
"""The idea of the integration guide."""


def read_submission(path: Path | None, callback_url: str) -> Submission:
    """The submission; ``InvalidInputError`` where the file is no idea and no request."""
    if path is None:
        return Submission("PROJ-2024-001", EXAMPLE, callback_url)
    document = _load(path)
    idea = document.get("idea", document)
    known = {f.name for f in fields(Idea)}
    if not isinstance(idea, dict) or "description" not in idea or set(idea) - known:
        raise InvalidInputError(
            f"{path} holds no idea: it needs description and domain, and may have"
            f" {', '.join(sorted(known - {'description', 'domain'}))}"
        )
    return Submission(
        project_id=str(document.get("project_id", "PROJ-DEMO")),
        idea=Idea(**{"domain": "other", **idea}),
        callback_url=callback_url,
        run_id=document.get("run_id"),
        correlation_id=document.get("correlation_id"),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInputError(f"{path} must hold an object")
    return document
