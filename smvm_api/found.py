"""Finds the run that a request names, among the caller's own."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from smvm_api.guards import principal, services
from smvm_common.errors import NotFoundError, PermissionDeniedError
from smvm_common.identifiers import VALIDATION_ID
from smvm_common.run.record import Run


def find_run(validation_id: str, within: timedelta | None = None) -> Run:
    """The run; ``NotFoundError`` also for another tenant's and for what is no identifier.

    ``StoreUnavailableError`` where the store does not answer ``within`` the time.
    """
    if VALIDATION_ID.fullmatch(validation_id) is not None:
        find = partial(services().repository.find, principal().tenant, validation_id)
        with suppress(NotFoundError):
            return find() if within is None else services().patience.bound(find, within)
    raise NotFoundError(f"there is no run {validation_id[:64]!r}")


def find_open_run(validation_id: str) -> Run:
    """A run whose content may be read; ``PermissionDeniedError`` while its data subject has processing
    restricted, of which reading is a part (GDPR, Art. 18)."""
    run = find_run(validation_id)
    if run.restricted and "privacy:read" not in principal().scopes:
        raise PermissionDeniedError("processing of this run is restricted")
    return run
