"""The three questions: how the idea reads, who competes, what the personas are like.

Each allows names of the reference tables or short lines, and no figure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from smvm_workers.engine.domain import Idea, IdeaReading, PersonaSet
from smvm_workers.engine.lexicon import rows_of
from smvm_workers.engine.reference.industries import domains
from smvm_workers.providers.question import Question

_LONGEST = {"description": 4000, "target_customers": 500, "competitive_advantage": 500}
"""Characters of the idea that are sent; the tokens of a run are few."""


def reading_question(idea: Idea) -> Question:
    """How the idea reads, in the words of the reference tables."""
    return Question(
        "reading",
        "You classify business ideas for a market analyst. Say which field the idea belongs to,"
        " whether firms or consumers buy it, which segment of them, which of the listed technologies"
        " it needs and which of the listed rules it must meet. null where the idea does not say.",
        _material(idea),
        _object(
            domain=_one_of([d.name for d in domains()[:-1]]),
            buyer=_one_of(["consumer", "firm"]),
            segment=_one_of(rows_of("segment", "code")),
            technologies=_some_of(rows_of("technology", "label")),
            regulations=_some_of(rows_of("regulation", "label")),
        ),
    )


def competitors_question(idea: Idea, reading: IdeaReading) -> Question:
    """Which real companies compete."""
    company = _object(name={"type": "string"}, description={"type": "string"})
    return Question(
        "competitors",
        "You know companies. Name up to five real companies that offer what the idea offers, the"
        " nearest first, each with one line in English on what it does, without digits. Name none"
        " that you are not sure exists.",
        {**_material(idea), "field": reading.domain},
        _object(companies={"type": "array", "items": company}),
    )


def personas_question(idea: Idea, personas: PersonaSet) -> Question:
    """One line on each persona."""
    names = [persona.name for persona in personas.personas]
    persona = {"type": "string", "enum": names}
    portrait = _object(persona=persona, portrait={"type": "string"})
    return Question(
        "personas",
        "You write for a market analyst. For each of the listed personas write one line in English"
        " on how such a buyer meets the problem that the idea solves. No digits, no names, no"
        " figures.",
        {**_material(idea), "personas": names},
        _object(portraits={"type": "array", "items": portrait}),
    )


def _material(idea: Idea) -> dict[str, Any]:
    told = {name: getattr(idea, name) for name in ("description", "domain", *_LONGEST)}
    return {name: text[: _LONGEST.get(name, 100)] for name, text in told.items() if text}


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": ["string", "null"], "enum": [*names, None]}


def _some_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(names)}}
