"""Leaves an endpoint alone that failed several times in a row, so that runs do not wait for it."""

from dataclasses import dataclass

from smvm_common.dead_letters import destination_of
from smvm_workers.callbacks.breakers import REFUSED, BreakerBoard
from smvm_workers.callbacks.policy import Answer
from smvm_workers.providers.chat import ChatEndpoint, Completion
from smvm_workers.providers.errors import (
    BusyError,
    EndpointFailedError,
    NoAnswerError,
    PausedError,
    TooSlowError,
    UnreachableError,
)

_FAILURES = (UnreachableError, TooSlowError, BusyError, EndpointFailedError)
"""What says that the endpoint is unwell; a refusal or an odd answer says that it is there."""


@dataclass(frozen=True, slots=True)
class GuardedEndpoint:
    """An endpoint behind its breaker, whose state all workers share."""

    endpoint: ChatEndpoint
    breakers: BreakerBoard

    def send(self, request: bytes, seconds: float) -> Completion:
        """Ask once unless the breaker is open; raises a ``NoAnswerError``."""
        outcome: list[Completion | NoAnswerError] = []

        def attempt() -> Answer:
            try:
                outcome.append(self.endpoint.send(request, seconds))
            except NoAnswerError as error:
                outcome.append(error)
                if isinstance(error, _FAILURES):
                    return Answer(None, error.reason)
            return Answer(200, "answered")

        destination = destination_of(self.endpoint.settings.base_url)
        if self.breakers.attempt(destination, attempt) is REFUSED:
            raise PausedError
        (came,) = outcome
        if isinstance(came, NoAnswerError):
            raise came
        return came
