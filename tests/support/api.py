"""An API over in-memory adapters, for unit tests."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fakeredis
from flask.testing import FlaskClient

from smvm_api.application import create_app
from smvm_api.services import ApiServices, compose
from smvm_common.clock import ManualClock
from smvm_common.errors import UnavailableError
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.settings import AuthSettings, FeatureFlags, SandboxSettings, Settings
from smvm_common.store.memory import MemoryStore
from smvm_common.tokens import SCOPES, TokenIssuer, create_key
from support.runs import T0

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
    redis: fakeredis.FakeRedis
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


def make_api(directory: Path, **flags: bool) -> ApiUnderTest:
    auth = AuthSettings(keys_directory=directory / "keys")
    if not auth.keys_directory.exists():
        create_key(auth.keys_directory)
    settings = replace(
        Settings(),
        auth=auth,
        pseudonym_key="0123456789abcdef",
        features=FeatureFlags(**flags),
        sandbox=SandboxSettings(enabled=True),
    )
    clock, store, sender = ManualClock(T0), MemoryStore(), RecordingSender()
    redis = fakeredis.FakeRedis()
    services = compose(settings, clock=clock, store=store, redis=redis, sender=sender)
    app = create_app(settings, services)
    return ApiUnderTest(settings, clock, store, redis, sender, services, app.test_client())
