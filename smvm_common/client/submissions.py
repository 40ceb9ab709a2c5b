"""Sends submissions, and keeps those that an outage holds up."""

import logging
from collections.abc import Mapping
from typing import Any, Self

from marshmallow import ValidationError

from smvm_common.client.answers import Accepted, document
from smvm_common.client.connection import Connection
from smvm_common.client.dead_letter_file import DeadLetterFile, Letter, Refusal
from smvm_common.client.errors import (
    ApiError,
    ClientError,
    InvalidSubmissionError,
    OutageError,
)
from smvm_common.client.retries import RATE_LIMITED
from smvm_common.contracts.messages import flatten
from smvm_common.contracts.requests import RunRequestSchema
from smvm_common.identifiers import validation_id_for
from smvm_common.t0 import mask_and_check

_LOG = logging.getLogger(__name__)
_REFUSED_FOR_GOOD = frozenset({400, 409, 413, 415})
"""Statuses that are about the request itself: it would be refused again."""
_FAILED_AT_IT = 500
"""SMVM is there and failed: perhaps at this very request, which must not hold up the others."""
_BATCH = 50
"""Letters sent between two writes of the file; after ``kill -9`` as many go again, to no effect."""


class Submissions:
    """``path`` is that of ``POST /runs``. Run and correlation ids are set in every request."""

    def __init__(self, connection: Connection, file: DeadLetterFile, path: str) -> None:
        self._connection = connection
        self._file = file
        self._path = path

    def submit(self, request: Mapping[str, Any]) -> Accepted:
        """Send, or keep and check here: see :meth:`SmvmClient.submit`."""
        try:
            return self._post(request)
        except OutageError as outage:
            degraded = _checked_here(request)
            self._keep(request, outage)
            return degraded

    def flush(self) -> list[Accepted]:
        """Send what is kept: see :meth:`SmvmClient.flush`."""
        with self._file.claimed() as mine:
            return self._deliver() if mine else []

    def _deliver(self) -> list[Accepted]:
        accepted: list[Accepted] = []
        with _Settlement(self._file) as settlement:
            for letter in (x for x in self._file.read() if x.refusal is None):
                try:
                    accepted.append(self._post(letter.request))
                    settlement.sent(letter)
                except ApiError as error:
                    if error.status == RATE_LIMITED:
                        break
                    settlement.refused(letter, error)
                except OutageError as outage:
                    if outage.status == _FAILED_AT_IT:
                        self._file.put_last(letter)
                    break
        return accepted

    def _post(self, request: Mapping[str, Any]) -> Accepted:
        headers = {"Idempotency-Key": request["run_id"]}
        response = self._connection.send("POST", self._path, json=request, headers=headers)
        replayed = response.headers.get("Idempotent-Replayed") == "true"
        return Accepted.from_answer(document(response), replayed=replayed)

    def _keep(self, request: Mapping[str, Any], outage: OutageError) -> None:
        try:
            self._file.append(request)
        except OSError as error:
            raise ClientError(f"{outage}, and the request could not be kept: {error}") from error


class _Settlement:
    """Writes down what became of letters, some at a time; a context manager."""

    def __init__(self, file: DeadLetterFile) -> None:
        self._file = file
        self._sent: set[str] = set()
        self._refused: dict[str, Refusal] = {}

    def sent(self, letter: Letter) -> None:
        self._sent.add(letter.run_id)
        self._write(at_least=_BATCH)

    def refused(self, letter: Letter, error: ApiError) -> None:
        """Set the letter aside; raises the error again if it is not about the letter."""
        if error.status not in _REFUSED_FOR_GOOD:
            raise error
        _LOG.warning("SMVM refused the kept request %s for good: %s", letter.run_id, error)
        self._refused[letter.run_id] = Refusal(error.status, error.detail, error.errors)
        self._write(at_least=_BATCH)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._write(at_least=1)

    def _write(self, at_least: int) -> None:
        if len(self._sent) + len(self._refused) >= at_least:
            self._file.settle(self._sent, self._refused)
            self._sent, self._refused = set(), {}


def _checked_here(request: Mapping[str, Any]) -> Accepted:
    """What SMVM would answer; ``InvalidSubmissionError`` if it would refuse."""
    try:
        idea = RunRequestSchema().load(dict(request))["idea"]
    except ValidationError as error:
        raise InvalidSubmissionError(flatten(error.messages)) from error
    idea.pop("submitter", None)
    return Accepted(
        validation_id=validation_id_for(request["run_id"]),
        run_id=request["run_id"],
        correlation_id=request["correlation_id"],
        checks=mask_and_check(idea)[1],
        estimated_completion=None,
        queued=True,
        degraded=True,
    )
