"""Finds the run that a request names, among the caller's own."""

from smvm_api.guards import principal, services
from smvm_common.errors import NotFoundError
from smvm_common.identifiers import VALIDATION_ID
from smvm_common.run.record import Run


def find_run(validation_id: str) -> Run:
    """The run; ``NotFoundError`` also for another tenant's and for what is no identifier."""
    if VALIDATION_ID.fullmatch(validation_id) is not None:
        try:
            return services().repository.find(principal().tenant, validation_id)
        except NotFoundError:
            pass
    raise NotFoundError(f"there is no run {validation_id[:64]!r}")
