"""Every error SMVM raises on purpose: one tree, each class carrying its sentence and HTTP status.

The docstring of a class is its default message. ``smvm_api.problems`` turns them into RFC 9457
problem details; the worker's task base class reads ``retryable``.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta


class SmvmError(Exception):
    """SMVM could not do what was asked."""

    status = 500
    slug = "internal-error"
    retryable = False

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip().split("\n")[0]
        super().__init__(self.detail)


class ConfigurationError(SmvmError):
    """The settings are wrong; nothing was started."""

    slug = "configuration-error"


class InvalidInputError(SmvmError):
    """The request does not satisfy the contract."""

    status = 400
    slug = "invalid-input"

    def __init__(
        self,
        detail: str | None = None,
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.errors: dict[str, list[str]] = {k: list(v) for k, v in (errors or {}).items()}


class AuthenticationError(SmvmError):
    """A valid bearer token is needed."""

    status = 401
    slug = "unauthorized"


class PermissionDeniedError(SmvmError):
    """The token does not carry the scope that this needs."""

    status = 403
    slug = "forbidden"


class NotFoundError(SmvmError):
    """There is no such resource."""

    status = 404
    slug = "not-found"


class ConflictError(SmvmError):
    """The resource is in a state that does not allow this."""

    status = 409
    slug = "conflict"


class PayloadTooLargeError(SmvmError):
    """The request body is larger than allowed."""

    status = 413
    slug = "payload-too-large"


class UnavailableError(SmvmError):
    """SMVM cannot do this right now; try again later."""

    status = 503
    slug = "unavailable"
    retryable = True

    def __init__(self, detail: str | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after or timedelta(seconds=5)


class StoreUnavailableError(UnavailableError):
    """The artefact store does not answer."""

    slug = "store-unavailable"


class ObjectNotFoundError(NotFoundError):
    """The store holds no object under this key."""

    slug = "object-not-found"


class ErasedError(ObjectNotFoundError):
    """The data was erased: its key is destroyed."""

    slug = "erased"


class IntegrityError(SmvmError):
    """Stored bytes are not what SMVM wrote there."""

    slug = "integrity-error"


class PreconditionFailedError(ConflictError):
    """The stored object changed, or exists already, since it was read."""

    slug = "precondition-failed"
    retryable = True


class TransitionError(ConflictError):
    """The run's status does not allow this transition."""

    slug = "transition-not-allowed"


class UnreadableRecordError(SmvmError):
    """A stored run record or index entry is not what SMVM writes there."""

    slug = "unreadable-record"


class RateLimitedError(SmvmError):
    """The token has used up its requests for this minute."""

    status = 429
    slug = "rate-limited"

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = dict(headers)
