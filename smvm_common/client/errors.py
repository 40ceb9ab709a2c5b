"""What the client raises."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """The client could not do what was asked."""


class DisabledError(ClientError):
    """The feature flag validation_enabled is off: nothing was sent."""


class OutageError(ClientError):
    """SMVM does not answer, and every retry was used up or the breaker is open.

    ``status`` is what was answered last, None for silence; ``retry_after`` in seconds, if SMVM said
    when it will be back.
    """

    def __init__(
        self, message: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class UnexpectedAnswerError(ClientError):
    """What answered is not SMVM, or not a version of it that this client knows."""


class IntegrityError(ClientError):
    """A downloaded artefact is not what SMVM says it is; nothing was saved."""


class WaitTimeoutError(ClientError):
    """The run did not get where it was waited for in time; it goes on without the waiting."""


class InvalidSubmissionError(ClientError):
    """SMVM is out of reach, and would refuse the request when it is back: it was not kept.

    ``errors`` names each wrong field by its JSON path.
    """

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__(f"the request does not satisfy the contract ({named(errors)})")
        self.errors = errors


class ApiError(ClientError):
    """SMVM answered with a problem (RFC 9457): its ``status``, ``type``, ``detail``, ``errors``.

    ``retry_after`` in seconds, where the answer says so (429: the token's minute is used up).
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], retry_after: float | None = None
    ) -> None:
        self.status = status
        self.type = str(problem.get("type", "about:blank"))
        self.detail = str(problem.get("detail", ""))
        self.errors: Mapping[str, Sequence[str]] = problem.get("errors", {})
        self.correlation_id = problem.get("correlation_id")
        self.retry_after = retry_after
        super().__init__(
            f"{status} {self.detail}" + (f" ({named(self.errors)})" if self.errors else "")
        )


def named(errors: Mapping[str, Sequence[str]]) -> str:
    """Errors by path, in a line."""
    return "; ".join(f"{path}: {', '.join(texts)}" for path, texts in errors.items())
