"""The client itself: one method per endpoint, and what an outage asks for."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from smvm_common.client.answers import Accepted, Artifact, State
from smvm_common.client.connection import Connection
from smvm_common.client.dead_letter_file import DeadLetterFile
from smvm_common.client.errors import ClientError, DisabledError, OutageError, WaitTimeoutError
from smvm_common.client.requests import Observation, Submission
from smvm_common.client.retries import Backoff
from smvm_common.identifiers import mint_correlation_id, mint_run_id, validation_id_for
from smvm_common.settings import Settings
from smvm_common.t0 import check_idea

_API = "/api/v1/validation"
_RESTING = frozenset({"completed", "finalized", "failed", "cancelled", "incomplete"})
_COMPLETE_SECONDS = 60.0
"""The contract's time-out of ``complete``, which may wait for an analysis."""


class SmvmClient:
    """Talks to SMVM. Retries and the breaker are its own; every request may be repeated safely.

    ``timeout`` in seconds; ``dead_letter_path`` is where requests wait out an outage.
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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = Connection(base_url, token, timeout, backoff or Backoff(), sleep)
        self._dead_letters = DeadLetterFile(dead_letter_path)
        self._enabled = enabled
        self._sleep = sleep
        self._statuses: dict[str, tuple[str, State]] = {}

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
            **options,
        )

    def submit(self, submission: Submission) -> Accepted:
        """Start a run. During an outage the request is kept in the dead-letter file, the T0 checks
        are made here, and the answer says ``queued``; :meth:`flush` sends it later."""
        self._require_enabled()
        now = datetime.now(UTC)
        request = replace(
            submission,
            run_id=submission.run_id or mint_run_id(now),
            correlation_id=submission.correlation_id or mint_correlation_id(now),
        ).to_json()
        try:
            return self._post_run(request)
        except OutageError:
            self._dead_letters.append(request)
            return _degraded(request)

    def flush(self) -> list[Accepted]:
        """Send what waits in the dead-letter file, oldest first; stops at the next outage.

        A request that SMVM refuses raises ``ApiError`` and stays in the file.
        """
        self._require_enabled()
        sent = []
        for request in self._dead_letters.read():
            try:
                sent.append(self._post_run(request))
            except OutageError:
                break
            self._dead_letters.remove(request["run_id"])
        return sent

    def waiting(self) -> list[dict[str, Any]]:
        """The requests in the dead-letter file, for manual processing."""
        return self._dead_letters.read()

    def discard(self, run_id: str) -> None:
        """Drop a request from the dead-letter file."""
        self._dead_letters.remove(run_id)

    def status(self, validation_id: str) -> State:
        """Where the run stands; an unchanged status costs SMVM only a 304."""
        etag, known = self._statuses.get(validation_id, ("", None))
        headers = {"If-None-Match": etag} if known else {}
        response = self._connection.send("GET", _path(validation_id, "status"), headers=headers)
        if response.status_code == 304 and known is not None:
            return known
        state = State.from_answer(response.json())
        self._statuses[validation_id] = (response.headers.get("ETag", ""), state)
        return state

    def results(self, validation_id: str) -> dict[str, Any]:
        """The four deliverables and the decision, as far as they exist."""
        return self._json("GET", _path(validation_id, "results"))

    def artifacts(self, validation_id: str) -> list[Artifact]:
        """The files that the run has."""
        return [Artifact.from_answer(a) for a in self.results(validation_id)["artifacts"]]

    def download(self, validation_id: str, name: str, target: Path) -> Path:
        """Save one artefact to a file."""
        path = _path(validation_id, f"artifacts/{quote(name)}")
        response = self._connection.send("GET", path, stream=True)
        with target.open("wb") as file:
            for chunk in response.iter_content(65536):
                file.write(chunk)
        return target

    def submit_evidence(self, validation_id: str, observations: Sequence[Observation]) -> None:
        """Add observed traction, which the next analysis uses."""
        body = {"observations": [o.to_json() for o in observations]}
        self._json("POST", _path(validation_id, "evidence"), body)

    def complete(
        self, validation_id: str, *, evidence: Sequence[Observation] = (), note: str = ""
    ) -> dict[str, Any]:
        """Mark the run complete ahead of T0+30 days, with last evidence if there is any."""
        body = {"evidence": [o.to_json() for o in evidence], "note": note}
        path = _path(validation_id, "complete")
        return self._json("PUT", path, body, timeout=_COMPLETE_SECONDS)

    def finalize(self, validation_id: str) -> dict[str, Any]:
        """Make the decision final; the first decision stands."""
        return self._json("POST", _path(validation_id, "finalize"))

    def cancel(self, validation_id: str, reason: str = "") -> dict[str, Any]:
        """Stop the run."""
        return self._json("POST", _path(validation_id, "cancel"), {"reason": reason})

    def advance_clock(self, validation_id: str, by: timedelta) -> dict[str, Any]:
        """In a sandbox, advance the run's own clock."""
        body = {"advance_seconds": by.total_seconds()}
        return self._json("POST", _path(validation_id, "clock"), body)

    def runs(self, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the tenant's runs, oldest first; ``project_id`` and ``status`` narrow them."""
        while True:
            page = self._connection.send("GET", f"{_API}/runs", params=query).json()
            yield from page["runs"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def events(self, validation_id: str) -> list[dict[str, Any]]:
        """The run's audit trail."""
        found: list[dict[str, Any]] = self._json("GET", _path(validation_id, "events"))["events"]
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
        """Poll until ``until`` holds (by default: a decision exists, or the run rests).

        Raises ``WaitTimeoutError``; ``on_progress`` is called with each status that differs.
        """
        reached = until or _has_decision
        deadline = time.monotonic() + timeout.total_seconds()
        last: State | None = None
        while True:
            state = self.status(validation_id)
            if on_progress is not None and state != last:
                on_progress(state)
            if reached(state):
                return state
            if time.monotonic() >= deadline:
                raise WaitTimeoutError(f"{validation_id} is still {state.status}")
            last = state
            self._sleep(poll.total_seconds())

    def _post_run(self, request: dict[str, Any]) -> Accepted:
        headers = {"Idempotency-Key": request["run_id"]}
        response = self._connection.send("POST", f"{_API}/runs", json=request, headers=headers)
        replayed = response.headers.get("Idempotent-Replayed") == "true"
        return Accepted.from_answer(response.json(), replayed=replayed)

    def _json(
        self, method: str, path: str, body: Any = None, timeout: float | None = None
    ) -> dict[str, Any]:
        self._require_enabled()
        answer: dict[str, Any] = self._connection.send(
            method, path, json=body, timeout=timeout
        ).json()
        return answer

    def _require_enabled(self) -> None:
        if not self._enabled:
            raise DisabledError("validation_enabled is off")


def _path(validation_id: str, rest: str) -> str:
    return f"{_API}/{quote(validation_id, safe='')}/{rest}"


def _has_decision(state: State) -> bool:
    return state.decision is not None or state.status in _RESTING


def _degraded(request: dict[str, Any]) -> Accepted:
    return Accepted(
        validation_id=validation_id_for(request["run_id"]),
        run_id=request["run_id"],
        correlation_id=request["correlation_id"],
        checks=check_idea(request["idea"]).to_json(),
        estimated_completion=None,
        queued=True,
    )
