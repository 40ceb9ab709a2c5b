"""The client itself: one method per endpoint."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from smvm_common.client.answers import Accepted, Artifact, State, document
from smvm_common.client.connection import Connection, Credentials
from smvm_common.client.dead_letter_file import DeadLetterFile, Letter
from smvm_common.client.downloads import save_verified
from smvm_common.client.errors import ClientError, DisabledError
from smvm_common.client.requests import Observation, Submission
from smvm_common.client.retries import Backoff
from smvm_common.client.submissions import Submissions
from smvm_common.client.waiting import rests, wait_for
from smvm_common.identifiers import mint_correlation_id, mint_run_id
from smvm_common.settings import Settings

_STATUS_SECONDS = 5.0
_COMPLETE_SECONDS = 60.0
"""The contract's time-outs of ``status``, and of ``complete``, which may wait for an analysis."""
_REMEMBERED_STATUSES = 256
"""Runs whose last status is kept for its ETag."""


class SmvmClient:
    """Talks to SMVM. Retries and the breaker are its own; safe between threads.

    ``timeout`` in seconds of silence; ``dead_letter_path`` is where requests wait out an outage, one
    file for each account that sends; ``certificate`` is a pair of PEM files (certificate, key) for
    mutual TLS, and ``ca_bundle`` one of authorities.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30.0,
        backoff: Backoff | None = None,
        dead_letter_path: Path = Path(".smvm/client-dead-letters.jsonl"),
        enabled: bool = True,
        api_version: str = "v1",
        certificate: tuple[str, str] | None = None,
        ca_bundle: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        credentials = Credentials(token, certificate, ca_bundle)
        self._connection = Connection(base_url, credentials, timeout, backoff or Backoff(), sleep)
        self._dead_letters = DeadLetterFile(dead_letter_path)
        self._root = f"/api/{api_version}/validation"
        runs = f"{self._root}/runs"
        self._submissions = Submissions(self._connection, self._dead_letters, runs)
        self._status_timeout = min(timeout, _STATUS_SECONDS)
        self._enabled = enabled
        self._sleep = sleep
        self._statuses: OrderedDict[str, tuple[str, State]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings, **options: Any) -> Self:
        """A client as the guide's YAML describes it; ``ClientError`` without a token."""
        endpoint, limits = settings.integration.smvm, settings.integration.tractionbuild
        if endpoint.service_account_token is None:
            raise ClientError("integration.smvm.service_account_token is not set")
        delays = settings.callbacks.retry_delays_seconds[: limits.retry_attempts]
        return cls(
            endpoint.base_url,
            endpoint.service_account_token,
            timeout=limits.timeout_seconds,
            backoff=Backoff(delays),
            enabled=settings.features.validation_enabled,
            api_version=endpoint.api_version,
            **options,
        )

    def submit(self, submission: Submission) -> Accepted:
        """Start a run. During an outage the request is kept in the dead-letter file, the T0 checks
        are made here, and the answer says ``queued``; :meth:`flush` sends it later.

        Raises ``ApiError`` where SMVM refuses it (429: the minute's allowance is used up), and
        ``InvalidSubmissionError`` where SMVM is out of reach and would refuse it. Name the
        ``run_id`` in the submission to make it safe to submit again after a crash of the caller.
        """
        self._require_enabled()
        now = datetime.now(UTC)
        request = replace(
            submission,
            run_id=submission.run_id or mint_run_id(now),
            correlation_id=submission.correlation_id or mint_correlation_id(now),
        )
        return self._submissions.submit(request.to_json())

    def flush(self) -> list[Accepted]:
        """Send what waits in the dead-letter file, oldest first, and return what SMVM accepted.

        Stops at the next outage, or when the minute's allowance is used up: call it again then. A
        request that SMVM refuses for good is set aside (see :meth:`refused`), and the next ones are
        sent. Sends nothing while another process flushes the same file. Raises ``ApiError`` where
        the token is refused.
        """
        self._require_enabled()
        return self._submissions.flush()

    def waiting(self) -> list[Letter]:
        """The requests in the dead-letter file that :meth:`flush` will send."""
        return [letter for letter in self._dead_letters.read() if letter.refusal is None]

    def refused(self) -> list[Letter]:
        """The requests in the file that SMVM refused, and why, for manual processing."""
        return [letter for letter in self._dead_letters.read() if letter.refusal is not None]

    def discard(self, run_id: str) -> None:
        """Drop a request from the dead-letter file."""
        self._dead_letters.settle({run_id}, {})

    def status(self, validation_id: str) -> State:
        """Where the run stands; an unchanged status costs SMVM only a 304."""
        etag, known = self._statuses.get(validation_id, ("", None))
        headers = {"If-None-Match": etag} if known else {}
        path = self._path(validation_id, "status")
        timeout = self._status_timeout
        response = self._connection.send("GET", path, headers=headers, timeout=timeout)
        if response.status_code == 304 and known is not None:
            return known
        state = State.from_answer(document(response))
        self._statuses[validation_id] = (response.headers.get("ETag", ""), state)
        while len(self._statuses) > _REMEMBERED_STATUSES:
            self._statuses.popitem(last=False)
        return state

    def results(self, validation_id: str) -> dict[str, Any]:
        """The four deliverables and the decision, as far as they exist."""
        return self._get("results", validation_id)

    def artifacts(self, validation_id: str) -> list[Artifact]:
        """The files that the run has."""
        return [Artifact.from_answer(a) for a in self.results(validation_id)["artifacts"]]

    def download(self, validation_id: str, name: str, target: Path) -> Path:
        """Save one artefact to a file, whole and with the SHA-256 that SMVM states, or raise
        ``IntegrityError``."""
        path = self._path(validation_id, f"artifacts/{quote(name, safe='')}")
        return save_verified(
            name,
            target,
            listing=lambda: self.artifacts(validation_id),
            read=lambda: self._connection.send("GET", path).content,
        )

    def submit_evidence(self, validation_id: str, observations: Sequence[Observation]) -> None:
        """Add observed traction, which the next analysis uses."""
        body = {"observations": [o.to_json() for o in observations]}
        self._write("POST", "evidence", validation_id, body)

    def complete(
        self, validation_id: str, *, evidence: Sequence[Observation] = (), note: str = ""
    ) -> dict[str, Any]:
        """Mark the run complete ahead of T0+30 days, with last evidence if there is any."""
        body = {"evidence": [o.to_json() for o in evidence], "note": note}
        return self._write("PUT", "complete", validation_id, body, timeout=_COMPLETE_SECONDS)

    def finalize(self, validation_id: str) -> dict[str, Any]:
        """Make the decision final; the first decision stands."""
        return self._write("POST", "finalize", validation_id)

    def cancel(self, validation_id: str, reason: str = "") -> dict[str, Any]:
        """Stop the run."""
        return self._write("POST", "cancel", validation_id, {"reason": reason})

    def advance_clock(self, validation_id: str, by: timedelta) -> dict[str, Any]:
        """In a sandbox, advance the run's own clock.

        The one request that is no idempotent: sent again only where SMVM says it did not begin.
        """
        body = {"advance_seconds": by.total_seconds()}
        return self._write("POST", "clock", validation_id, body, repeatable=False)

    def runs(self, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the tenant's runs, oldest first; ``project_id`` and ``status`` narrow them."""
        while True:
            page = document(self._connection.send("GET", f"{self._root}/runs", params=query))
            yield from page["runs"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def events(self, validation_id: str) -> list[dict[str, Any]]:
        """The run's audit trail."""
        found: list[dict[str, Any]] = self._get("events", validation_id)["events"]
        return found

    def wait(
        self,
        validation_id: str,
        until: Callable[[State], bool] | None = None,
        *,
        timeout: timedelta = timedelta(minutes=5),
        poll: timedelta = timedelta(seconds=0.5),
        on_progress: Callable[[State], None] | None = None,
    ) -> State:
        """Poll until ``until`` holds (by default: the run rests, its analysis done or given up).

        An outage meanwhile is sat out. Raises ``WaitTimeoutError``, or ``OutageError`` where SMVM
        is out of reach when the time is up; ``on_progress`` is called with each status that differs.
        """
        return wait_for(
            lambda: self.status(validation_id),
            until or rests,
            timeout,
            poll,
            on_progress,
            self._sleep,
        )

    def _get(self, what: str, validation_id: str) -> dict[str, Any]:
        return document(self._connection.send("GET", self._path(validation_id, what)))

    def _write(
        self, method: str, what: str, validation_id: str, body: Any = None, **options: Any
    ) -> dict[str, Any]:
        self._require_enabled()
        path = self._path(validation_id, what)
        return document(self._connection.send(method, path, json=body, **options))

    def _require_enabled(self) -> None:
        if not self._enabled:
            raise DisabledError("validation_enabled is off")

    def _path(self, validation_id: str, rest: str) -> str:
        return f"{self._root}/{quote(validation_id, safe='')}/{rest}"
