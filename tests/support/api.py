"""An API over in-memory adapters, for unit tests."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fakeredis
from flask import Flask
from flask.testing import FlaskClient

from smvm_api.application import create_app
from smvm_api.services import ApiServices, compose
from smvm_common.clock import ManualClock
from smvm_common.errors import UnavailableError
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.run.record import Run
from smvm_common.settings import AuthSettings, FeatureFlags, SandboxSettings, Settings
from smvm_common.store.memory import MemoryStore
from smvm_common.tokens import SCOPES, TokenIssuer, create_key
from support.runs import T0, complete_through, proceed

IDEA_REQUEST: dict[str, Any] = {
    "run_id": "RUN-20241201-143052-a1b2c3d4",
    "project_id": "PROJ-2024-001",
    "idea": {
        "description": "AI-powered personal finance management platform",
        "domain": "finance",
        "urgency": "high",
        "submitter": "john.doe@company.com",
        "metadata": {
            "estimated_market_size": 5000000,
            "target_customers": "millennials",
            "competitive_advantage": "AI-driven insights",
        },
    },
    "callback_url": "https://tractionbuild.company.com/api/v1/smvm/callback",
    "correlation_id": "CORR-20241201-143052-001",
}
"""The guide's own example."""

RUNS = "/api/v1/validation/runs"
VALIDATION_ID = "VAL-20241201-143052-a1b2c3d4-001"
RUN = f"/api/v1/validation/{VALIDATION_ID}"


@dataclass
class RecordingSender:
    """A TaskSender that writes down what it was asked to send."""

    stages: list[tuple[str, str]] = field(default_factory=list)
    deliveries: Counter[str] = field(default_factory=Counter)
    replays: list[str] = field(default_factory=list)
    down: bool = False

    def run_next_stage(
        self, key: RunKey, stage: str, round_number: int, correlation_id: str
    ) -> None:
        self._check()
        self.stages.append((key.validation_id, stage))

    def deliver_callbacks(
        self, key: RunKey, correlation_id: str, delay: timedelta = timedelta(0)
    ) -> None:
        self._check()
        self.deliveries[key.validation_id] += 1

    def replay_dead_letter(self, letter_id: str) -> None:
        self._check()
        self.replays.append(letter_id)

    def _check(self) -> None:
        if self.down:
            raise UnavailableError("down")


@dataclass
class ApiUnderTest:
    """The application, its adapters, and a client with a token for everything."""

    settings: Settings
    clock: ManualClock
    store: MemoryStore
    redis_server: fakeredis.FakeServer
    sender: RecordingSender
    services: ApiServices
    client: FlaskClient

    def token(
        self,
        scopes: tuple[str, ...] = SCOPES,
        tenant: str = DEFAULT_TENANT,
        lifetime: timedelta = timedelta(days=40),
    ) -> dict[str, str]:
        issuer = TokenIssuer(self.settings.auth, self.clock)
        return {"Authorization": f"Bearer {issuer.issue('tests', scopes, lifetime, tenant)}"}

    def submit(self, **changes: Any) -> Any:
        return self.client.post(RUNS, json=IDEA_REQUEST | changes, headers=self.token())

    def forget_everything(self) -> None:
        """Empty the store and Redis: cheaper than another application."""
        for key in list(self.store.list("")):
            self.store.delete(key)
        self.services.redis.flushall()

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={**self.token(), **headers})

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(path, json=body, headers=self.token())

    def run(self) -> Run:
        """The record of the run that :meth:`submit` started."""
        return self.services.repository.find(DEFAULT_TENANT, VALIDATION_ID)

    def move(self, *transitions: Callable[[Run, datetime], Run]) -> Run:
        """Apply transitions to that run as a worker would."""
        for transition in transitions:
            self.services.repository.update(self.run().key, transition)
        return self.run()

    def analyse(self, last: str = "report", gate: dict[str, object] | None = None) -> Run:
        """Have the stages of that run done, up to and with ``last``."""
        return self.move(lambda run, now: complete_through(run, last, gate or proceed()))


def make_api(
    directory: Path,
    *,
    adjust: Callable[[Settings], Settings] = lambda settings: settings,
    beside: ApiUnderTest | None = None,
    app: Flask | None = None,
    **flags: bool,
) -> ApiUnderTest:
    """``beside`` another one: a second process over its store, its Redis and its clock. ``app`` is
    one whose services are replaced: composing its document takes longer than most tests."""
    settings = adjust(_settings(directory, flags))
    if beside is None:
        clock, store, server = ManualClock(T0), MemoryStore(), fakeredis.FakeServer()
    else:
        clock, store, server = beside.clock, beside.store, beside.redis_server
    sender = RecordingSender()
    services = compose(
        settings,
        clock=clock,
        store=store,
        redis=fakeredis.FakeRedis(server=server),
        sender=sender,
    )
    if app is None:
        app = create_app(settings, services)
    app.extensions["smvm"] = services
    return ApiUnderTest(settings, clock, store, server, sender, services, app.test_client())


def _settings(directory: Path, flags: Mapping[str, bool]) -> Settings:
    auth = AuthSettings(keys_directory=directory / "keys")
    if not auth.keys_directory.exists():
        create_key(auth.keys_directory)
    return replace(
        Settings(),
        auth=auth,
        pseudonym_key="0123456789abcdef",
        features=FeatureFlags(**flags),
        sandbox=SandboxSettings(enabled=True),
    )
