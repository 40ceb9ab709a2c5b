"""What the client raises."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """The client could not do what was asked."""


class DisabledError(ClientError):
    """The feature flag validation_enabled is off: nothing was sent."""


class OutageError(ClientError):
    """SMVM does not answer, and every retry was used up or the breaker is open."""


class WaitTimeoutError(ClientError):
    """The run did not get where it was waited for in time; it goes on without the waiting."""


class ApiError(ClientError):
    """SMVM answered with a problem (RFC 9457): its ``status``, ``type``, ``detail``, ``errors``."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.type = str(problem.get("type", "about:blank"))
        self.detail = str(problem.get("detail", ""))
        self.errors: Mapping[str, Sequence[str]] = problem.get("errors", {})
        self.correlation_id = problem.get("correlation_id")
        named = "; ".join(f"{path}: {', '.join(texts)}" for path, texts in self.errors.items())
        super().__init__(f"{status} {self.detail}" + (f" ({named})" if named else ""))
