"""Puts a question to the endpoint within time and budget; tries a second time where that may help."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from smvm_common.identifiers import RunKey
from smvm_workers.providers.budget import TokenBudget
from smvm_workers.providers.errors import NoAnswerError, TooSlowError, UnsupportedError
from smvm_workers.providers.guard import GuardedEndpoint
from smvm_workers.providers.question import Question

_LOG = structlog.get_logger(__name__)

NAME = "openai_compatible"
_PAUSE = 0.5
"""Seconds before the second attempt where the endpoint asks for none."""

_BYTES_PER_TOKEN = 4
"""Of English text, roughly."""


@dataclass(frozen=True, slots=True)
class Consultant:
    """``sleep`` takes seconds; ``now`` is a monotonic clock in seconds, that of the deadlines."""

    guarded: GuardedEndpoint
    budget: TokenBudget
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    @property
    def model(self) -> str:
        """Whose answers these are."""
        return self.guarded.endpoint.settings.model

    def ask(self, key: RunKey, question: Question, deadline: float) -> dict[str, Any]:
        """The checked answer; raises the ``NoAnswerError`` of the last attempt."""
        try:
            return self._attempt(key, question, deadline, plain=False)
        except NoAnswerError as error:
            _LOG.warning("model_attempt_failed", question=question.name, reason=error.reason)
            plain, wait = isinstance(error, UnsupportedError), max(error.wait, _PAUSE)
            if not error.again or self.now() + wait >= deadline:
                raise
        self.sleep(wait)
        return self._attempt(key, question, deadline, plain=plain)

    def _attempt(
        self, key: RunKey, question: Question, deadline: float, *, plain: bool
    ) -> dict[str, Any]:
        endpoint = self.guarded.endpoint
        seconds = min(endpoint.settings.timeout_seconds, deadline - self.now())
        if seconds <= 0:
            raise TooSlowError
        request = endpoint.request(question, plain=plain)
        # no tokenizer makes more tokens than bytes, so this is the most that the call can use
        answer = endpoint.settings.max_answer_tokens
        most, likely = len(request) + answer, len(request) // _BYTES_PER_TOKEN + answer
        with self.budget.reserved(key, most, likely, NAME) as spending:
            completion = self.guarded.send(request, seconds)
            spending.used = completion.tokens
        return question.checked(completion.text)
