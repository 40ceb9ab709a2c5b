"""What the guide lets a token send in a minute, sent by many tokens as fast as the machine takes it."""

import json
from collections import Counter
from dataclasses import replace

from smvm_common.clock import SystemClock
from smvm_common.errors import ObjectNotFoundError
from smvm_common.identifiers import DEFAULT_TENANT, validation_id_for
from smvm_common.run.record import RunStatus
from smvm_common.run.repository import RunRepository
from smvm_common.settings import Settings
from support.load_client import LoadResult, request_bytes, run_load
from support.stack import RunningStack

_PATH = "/api/v1/validation"
_CONNECTIONS = 2
_BLOCKS_A_MINUTE = 10
_BLOCK = (
    *(("submit", n) for n in range(10)),
    *(("status", n % 10) for n in range(100)),
    *(("results", n) for n in range(10)),
    *(("complete", n) for n in range(5)),
    *(("finalize", n) for n in range(2)),
)
"""A tenth of a minute's limits: what is asked, and of which of the block's ten runs."""
_SUBMITTED = sum(kind == "submit" for kind, _ in _BLOCK)


def in_mock_mode(settings: Settings) -> Settings:
    """The guide's limits as they are, and recorded results in the place of workers."""
    limits = replace(settings.limits, status_rpm=1000, other_rpm=100)
    return replace(settings, limits=limits, features=replace(settings.features, mock_mode=True))


class GuideTraffic:
    """So many minutes' worth by as many tokens: none of them comes to a limit."""

    def __init__(self, stack: RunningStack, minutes: int) -> None:
        self._stack = stack
        self._tokens = [stack.token(f"load-{number:03d}") for number in range(minutes)]
        self._blocks = minutes * _BLOCKS_A_MINUTE // _CONNECTIONS
        self._stamp = f"{SystemClock().now():%Y%m%d-%H%M%S}"

    def send(self) -> LoadResult:
        """Send all of it; ``RuntimeError`` for any answer that is no success."""
        return run_load(
            self._stack.port,
            self._request,
            connections=_CONNECTIONS,
            requests_each=self._blocks * len(_BLOCK),
            accept=(200, 201),
        )

    def latencies(self, result: LoadResult) -> dict[str, LoadResult]:
        """The result by what was asked."""
        kinds = [_BLOCK[number % len(_BLOCK)][0] for number in range(len(result.latencies))]
        return {
            name: replace(
                result,
                latencies=tuple(
                    taken
                    for kind, taken in zip(kinds, result.latencies, strict=True)
                    if kind == name
                ),
            )
            for name in dict.fromkeys(kinds)
        }

    def table(self, result: LoadResult) -> str:
        """Latencies in milliseconds."""
        lines = [f"{len(result.latencies)} requests in {result.elapsed:.0f} s"]
        for kind, part in self.latencies(result).items():
            p50, p95, p99 = (part.percentile(share) for share in (0.5, 0.95, 0.99))
            lines.append(
                f"  {kind}: {len(part.latencies)}, p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms"
            )
        return "\n".join(lines)

    def found(self) -> Counter[str]:
        """How many of the submitted runs the store has in which status; ``lost`` where it has none."""
        repository = RunRepository(self._stack.store, SystemClock())
        return Counter(self._status(repository, run_id) for run_id in self._run_ids())

    def expected(self) -> Counter[str]:
        """What :meth:`found` must find."""
        blocks = self._blocks * _CONNECTIONS
        return Counter(
            {
                RunStatus.AWAITING_COMPLETION.value: 5 * blocks,
                RunStatus.COMPLETED.value: 3 * blocks,
                RunStatus.FINALIZED.value: 2 * blocks,
            }
        )

    @staticmethod
    def _status(repository: RunRepository, run_id: str) -> str:
        try:
            return repository.find(DEFAULT_TENANT, validation_id_for(run_id)).status.value
        except ObjectNotFoundError:
            return "lost"

    def _run_ids(self) -> list[str]:
        return [
            self._run_id(connection, block, n)
            for connection in range(_CONNECTIONS)
            for block in range(self._blocks)
            for n in range(_SUBMITTED)
        ]

    def _run_id(self, connection: int, block: int, n: int) -> str:
        return f"RUN-{self._stamp}-{connection:02x}{block:05x}{n:x}"

    def _request(self, connection: int, number: int) -> bytes:
        block, at = divmod(number, len(_BLOCK))
        kind, n = _BLOCK[at]
        token = self._tokens[(connection * self._blocks + block) // _BLOCKS_A_MINUTE]
        headers = {"Authorization": f"Bearer {token}"}
        run_id = self._run_id(connection, block, n)
        if kind == "submit":
            submission = self._stack.submission(n, run_id=run_id, correlation_id="load")
            body = json.dumps(submission.to_json()).encode()
            headers["Content-Type"] = "application/json"
            return request_bytes("POST", f"{_PATH}/runs", headers, body)
        method = {"complete": "PUT", "finalize": "POST"}.get(kind, "GET")
        return request_bytes(method, f"{_PATH}/{validation_id_for(run_id)}/{kind}", headers)
