"""Reads what to submit from a file, or takes the guide's own example."""

from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from smvm_common.client import Idea, Submission
from smvm_common.contracts.messages import flatten
from smvm_common.contracts.requests import RunRequestSchema
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

_ELSEWHERE = "https://tractionbuild.company.com/api/v1/smvm/callback"


def read_submission(path: Path | None) -> Submission:
    """The submission; ``InvalidInputError`` naming what the file has wrong. Its callback URL, if any,
    is that of another receiver than a sandbox's: it is for the caller to set."""
    if path is None:
        return Submission("PROJ-2024-001", EXAMPLE, _ELSEWHERE)
    document = _load(path)
    request = document if "idea" in document else {"idea": {"domain": "other", **document}}
    request = {"project_id": "PROJ-DEMO", "callback_url": _ELSEWHERE, **request}
    try:
        loaded = RunRequestSchema().load(request)
    except ValidationError as error:
        raise InvalidInputError(f"{path} holds no idea to submit: {_named(error)}") from error
    return Submission(**{**loaded, "idea": Idea(**loaded["idea"])})


def _named(error: ValidationError) -> str:
    return "; ".join(f"{path} {' '.join(texts)}" for path, texts in flatten(error.messages).items())


def _load(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is neither JSON nor YAML: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInputError(f"{path} must hold an object")
    return document
