"""Documents to the engine's dataclasses and back."""

from functools import cache
from typing import Any, TypeVar

import cattrs

from smvm_workers.engine.domain import Finding, Idea, IdeaReading
from smvm_workers.stages.base import Alert, Document, StageInput

T = TypeVar("T")


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    # ints in JSON may stand for floats of the engine, and scalars of metadata stay what they are
    converter.register_structure_hook(float, lambda value, _: float(value))
    converter.register_structure_hook(str | float | bool, lambda value, _: value)
    return converter


def structure(document: Document, kind: type[T]) -> T:
    """The dataclass that a document or a part of it holds; keys of the envelope are ignored."""
    return _converter().structure(dict(document), kind)


def unstructure(value: Any) -> Any:
    """Plain JSON data of a dataclass: tuples become lists."""
    return _jsonable(_converter().unstructure(value))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return value


def idea_of(given: StageInput) -> Idea:
    """The idea of the run, from ``idea.input.json``."""
    body = given.documents["idea.input.json"]["idea"]
    metadata = dict(body.get("metadata") or {})
    known = {
        name: metadata.pop(name, None)
        for name in ("estimated_market_size", "target_customers", "competitive_advantage")
    }
    return Idea(
        description=body["description"],
        domain=body["domain"],
        urgency=body["urgency"],
        currency=metadata.pop("currency", None) or "USD",
        metadata=metadata,
        **known,
    )


def reading_of(given: StageInput) -> IdeaReading:
    """How the idea was read; read again where the first stage was left out."""
    document = given.documents.get("reading.output.json")
    if document is None:
        return given.provider.read_idea(idea_of(given))
    return structure(document["reading"], IdeaReading)


def optional(given: StageInput, name: str, kind: type[T]) -> T | None:
    """A document that may have been left out."""
    document = given.documents.get(name)
    return None if document is None else structure(document, kind)


def warnings_of(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """What the status shows."""
    return tuple(f.message for f in findings if f.severity != "info")


def quality_alert(findings: tuple[Finding, ...]) -> tuple[Alert, ...]:
    """One ``quality_warning`` for the findings that make the data doubtful, if there are any."""
    doubtful = [f for f in findings if f.severity == "warning"]
    if not doubtful:
        return ()
    context = {"findings": [f.code for f in doubtful]}
    return (Alert("quality_warning", "warning", doubtful[0].message, context),)
