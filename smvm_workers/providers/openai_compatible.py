"""The provider that asks a language model, and keeps to the offline one where that is of no use."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from smvm_common.run.record import Run
from smvm_workers.alerts import Alert
from smvm_workers.engine.competitors import find_competitors
from smvm_workers.engine.domain import (
    CompetitorSet,
    Finding,
    Idea,
    IdeaReading,
    MarketSize,
    PersonaSet,
)
from smvm_workers.engine.idea import read_idea
from smvm_workers.providers import answers, questions
from smvm_workers.providers.budget_alerts import BudgetAlerts
from smvm_workers.providers.cache import AnswerCache
from smvm_workers.providers.consultant import Consultant
from smvm_workers.providers.errors import NoAnswerError
from smvm_workers.providers.metrics import CONSULTATIONS
from smvm_workers.providers.offline import OfflineProvider
from smvm_workers.providers.outcomes import Outcome, OutcomeBook
from smvm_workers.providers.question import Question

_LOG = structlog.get_logger(__name__)

_SHARE_OF_TIME = 0.6
"""Of a stage's time limit, for everything that is asked in it; the rest is for the work itself."""
_REASONS = {
    "unreachable": "it could not be reached",
    "too_slow": "it did not answer in time",
    "busy": "it is busy",
    "endpoint_failed": "it failed",
    "refused": "it refused the request",
    "unsupported": "it refused the request",
    "malformed": "its answer was not usable",
    "paused": "it failed several times and is left alone for a while",
    "over_budget": "the budget of tokens is used up",
}


@dataclass(frozen=True, slots=True)
class LanguageModelProviders:
    """Opens sessions; ``offline`` is what each of them rests on."""

    offline: OfflineProvider
    consultant: Consultant
    cache: AnswerCache
    outcomes: OutcomeBook
    budget_alerts: BudgetAlerts

    def open(self, run: Run, time_limit: timedelta) -> "LanguageModelSession":
        return LanguageModelSession(self, run, time_limit.total_seconds() * _SHARE_OF_TIME)


class LanguageModelSession:
    """One stage of one run. Nothing is asked of an idea that means nothing or is forbidden: the
    model could not change that. ``patience`` in seconds, counted from the first question."""

    def __init__(self, parts: LanguageModelProviders, run: Run, patience: float) -> None:
        self._parts = parts
        self._run = run
        self._patience = patience
        self._deadline: float | None = None
        self._given_up: str | None = None

    def read_idea(self, idea: Idea) -> IdeaReading:
        alone = self._parts.offline.read_idea(idea)
        if not _worth_asking(alone):
            return alone
        outcome = self._consult(questions.reading_question(idea))
        if outcome.answer is None:
            return replace(alone, findings=(*alone.findings, _fallback(outcome)))
        return read_idea(idea, answers.reading_hint(outcome.model, outcome.answer))

    def synthesise_personas(self, idea: Idea, reading: IdeaReading) -> PersonaSet:
        drawn = self._parts.offline.synthesise_personas(idea, reading)
        if not _worth_asking(reading):
            return drawn
        outcome = self._consult(questions.personas_question(idea, drawn))
        if outcome.answer is None:
            return replace(drawn, findings=(*drawn.findings, _fallback(outcome)))
        return answers.with_portraits(outcome.model, drawn, outcome.answer)

    def find_competitors(self, idea: Idea, reading: IdeaReading) -> CompetitorSet:
        if not _worth_asking(reading):
            return self._parts.offline.find_competitors(idea, reading)
        outcome = self._consult(questions.competitors_question(idea, reading))
        if outcome.answer is None:
            alone = self._parts.offline.find_competitors(idea, reading)
            return replace(alone, findings=(*alone.findings, _fallback(outcome)))
        named = answers.companies(outcome.model, reading, outcome.answer)
        return find_competitors(idea, reading, self._parts.offline.companies, named)

    def size_market(self, idea: Idea, reading: IdeaReading) -> MarketSize:
        # money rests on sources alone
        return self._parts.offline.size_market(idea, reading)

    def alerts(self) -> tuple[Alert, ...]:
        return self._parts.budget_alerts.due(self._run) if self._deadline is not None else ()

    def _consult(self, question: Question) -> Outcome:
        now = self._parts.consultant.now()
        self._deadline = self._deadline or now + self._patience
        model = self._parts.consultant.model
        digest = question.digest(model)

        def decide() -> Outcome:
            return self._ask(question, digest, model)

        return self._parts.outcomes.settle(self._run, question.name, digest, decide)

    def _ask(self, question: Question, digest: str, model: str) -> Outcome:
        kept = self._parts.cache.get(digest)
        if kept is not None:
            CONSULTATIONS.labels(question.name, "cached").inc()
            return Outcome(model, kept)
        if self._given_up is not None:
            return self._without(question, model, self._given_up)
        try:
            answer = self._parts.consultant.ask(self._run.key, question, self._deadline or 0.0)
        except NoAnswerError as error:
            self._given_up = error.reason
            return self._without(question, model, error.reason)
        self._parts.cache.put(digest, model, answer)
        CONSULTATIONS.labels(question.name, "answered").inc()
        return Outcome(model, answer)

    def _without(self, question: Question, model: str, reason: str) -> Outcome:
        CONSULTATIONS.labels(question.name, reason).inc()
        _LOG.warning("model_not_used", question=question.name, reason=reason)
        return Outcome(model, reason=reason)


def _worth_asking(reading: IdeaReading) -> bool:
    return reading.meaningful and not reading.show_stoppers


def _fallback(outcome: Outcome) -> Finding:
    why = _REASONS[outcome.reason or "malformed"]
    text = f"The language model was not used, because {why}: the built-in reading and tables stand."
    return Finding("model-not-used", "warning", text)
