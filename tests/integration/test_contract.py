"""The OpenAPI document against the application on real parts, with data in and out of contract."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from smvm_common.settings import Settings
from support.api import IDEA_REQUEST, make_api
from support.seeding import STATES, Seeding
from support.stack import RunningStack, running_stack

_SEED = 20241201
_PLENTY = 1_000_000
_LETTER = "a dead letter"
_FILLED_IN = {("path", "validation_id"): list(STATES), ("path", "letter_id"): [_LETTER]}

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
_REPLAY = "/api/v1/dead-letters/replay"
"""For other methods than POST its last step is a letter's identifier."""


def _unlimited(settings: Settings) -> Settings:
    limits = replace(
        settings.limits,
        status_rpm=_PLENTY,
        results_rpm=_PLENTY,
        complete_rpm=_PLENTY,
        finalize_rpm=_PLENTY,
        other_rpm=_PLENTY,
    )
    submitting = replace(settings.integration.tractionbuild, rate_limit_rpm=_PLENTY)
    return replace(
        settings,
        limits=limits,
        integration=replace(settings.integration, tractionbuild=submitting),
        # on a Sunday morning every write would be refused
        maintenance=replace(settings.maintenance, enabled=False),
    )


def _document() -> dict[str, Any]:
    """The application's own document, with what a generator cannot guess filled in."""
    with TemporaryDirectory() as directory:
        document = make_api(Path(directory)).client.get("/openapi.json").get_json()
    for item in document["paths"].values():
        item.pop("parameters", None)
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                if (parameter["in"], parameter["name"]) in _FILLED_IN:
                    parameter["schema"] = {"enum": _FILLED_IN["path", parameter["name"]]}
    request = document["components"]["schemas"]["RunRequest"]["properties"]
    request["callback_url"] = {"enum": [IDEA_REQUEST["callback_url"]]}
    return document


def _schema(examples: int, *, boundaries: bool) -> Any:
    settings = {
        "seed": _SEED,
        "generation": {"deterministic": True, "max-examples": examples},
        "phases": {"coverage": {"enabled": boundaries}},
    }
    config = SchemathesisConfig.from_dict(settings)
    return schemathesis.openapi.from_dict(_document(), config=config)


class Target:
    """Sends generated requests; where one names a state, to a run in that state."""

    def __init__(self, stack: RunningStack) -> None:
        self._url = stack.url
        self._headers = {"Authorization": f"Bearer {stack.token()}"}
        self._seeding = Seeding(stack.store)
        self._kept = cache(self._seeding.run_in)

    def check(self, case: schemathesis.Case) -> None:
        path = case.path_parameters or {}
        if path.get("validation_id") in STATES:
            make = self._kept if case.method == "GET" else self._seeding.run_in
            path["validation_id"] = make(path["validation_id"]).key.validation_id
        if path.get("letter_id") == _LETTER:
            path["letter_id"] = self._seeding.dead_letter()
        checks = [c for c in CHECKS if case.path != _REPLAY or c is not unsupported_method]
        case.call_and_validate(base_url=self._url, headers=self._headers, checks=checks)


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    directory = tmp_path_factory.mktemp("contract")
    with running_stack(directory, adjust=_unlimited, names=("web",)) as stack:
        yield Target(stack)


@_schema(examples=10, boundaries=False).parametrize()
def test_an_operation_keeps_to_the_document(case, target):
    target.check(case)


@pytest.mark.slow
@_schema(examples=40, boundaries=True).parametrize()
def test_an_operation_keeps_to_the_document_at_length(case, target):
    target.check(case)
