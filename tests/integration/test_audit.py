"""The audit trail of whole runs: written by the production code, tampered with in the store, found."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smvm_common.audit.chain import Tampering, chained
from smvm_common.audit.checkpoints import Checkpoints
from smvm_common.audit.verification import AuditVerification
from smvm_common.clock import ManualClock
from smvm_common.command import main
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.run.serialization import from_bytes, to_bytes
from smvm_common.settings import StoreSettings
from smvm_common.store.factory import build_store
from smvm_common.tokens import create_key, retire_key
from support.api import IDEA_REQUEST, ApiUnderTest, make_api
from support.runs import T0

DAY = timedelta(days=1)


class Trail:
    """An API whose runs are audited, and somebody who can write its store."""

    def __init__(self, directory: Path) -> None:
        self.api: ApiUnderTest = make_api(directory)
        self.keys = self.api.settings.auth.keys_directory
        self.repository = self.api.services.repository
        self.clock: ManualClock = self.api.clock

    def submit(self, number: int) -> RunKey:
        run_id = f"RUN-20241201-143052-0000000{number}"
        answer = self.api.submit(run_id=run_id)
        assert answer.status_code == 201
        return RunKey(
            DEFAULT_TENANT,
            IDEA_REQUEST["project_id"],
            run_id,
            answer.get_json()["validation_id"],
        )

    def cancel(self, key: RunKey) -> None:
        path = f"/api/v1/validation/{key.validation_id}/cancel"
        assert self.api.client.post(path, json={}, headers=self.api.token()).status_code == 202

    def checkpoint(self) -> bool:
        return Checkpoints(self.repository, self.keys).take(self.clock.now())

    def tamper(self, key: RunKey, change: Callable[[Any], Any]) -> None:
        name = key.document("validation_summary.json")
        run = from_bytes(self.api.store.get(name).body)
        self.api.store.put(name, to_bytes(replace(run, events=change(run.events))))

    def found(self) -> list[Tampering]:
        checkpoints = Checkpoints(self.repository, self.keys)
        return list(AuditVerification(self.repository, checkpoints).everything())


@pytest.fixture
def trail(tmp_path: Path) -> Trail:
    return Trail(tmp_path)


def test_who_did_what_when_from_where_and_with_which_token(trail: Trail) -> None:
    key = trail.submit(1)
    trail.cancel(key)
    path = f"/api/v1/validation/{key.validation_id}/events"
    events = trail.api.client.get(path, headers=trail.api.token()).get_json()["events"]
    assert [event["name"] for event in events][:2] == ["run.accepted", "run.cancel_requested"]
    for event in events:
        assert event["actor"] == "tests"
        assert event["origin"]["address"] == "127.0.0.1"
        assert len(event["origin"]["token_id"]) == 32
        assert len(event["digest"]) == 64


def test_an_untouched_trail_is_whole(trail: Trail) -> None:
    keys = [trail.submit(n) for n in range(3)]
    assert trail.checkpoint()
    trail.clock.advance(DAY)
    trail.cancel(keys[0])
    assert trail.checkpoint()
    assert trail.found() == []


def test_one_checkpoint_a_day_whoever_takes_it(trail: Trail) -> None:
    trail.submit(1)
    assert [trail.checkpoint(), trail.checkpoint()] == [True, False]
    trail.clock.advance(DAY)
    assert trail.checkpoint()


def test_a_trail_that_was_written_anew_is_found_by_the_checkpoint(trail: Trail) -> None:
    key = trail.submit(1)
    trail.cancel(key)
    trail.checkpoint()

    def forge(events: Any) -> Any:
        changed = (events[0], replace(events[1], actor="somebody else"), *events[2:])
        return chained((), changed, key.validation_id, events[0].origin)

    trail.tamper(key, forge)
    (found,) = trail.found()
    assert found.validation_id == key.validation_id
    assert "checkpoint" in found.what


def test_a_cut_tail_is_found_by_the_checkpoint(trail: Trail) -> None:
    key = trail.submit(1)
    trail.cancel(key)
    trail.checkpoint()
    trail.tamper(key, lambda events: events[:1])
    (found,) = trail.found()
    assert (found.validation_id, found.event) == (key.validation_id, 2)


def test_a_removed_run_is_found(trail: Trail) -> None:
    key = trail.submit(1)
    trail.checkpoint()
    trail.api.store.delete(key.document("validation_summary.json"))
    (found,) = trail.found()
    assert (found.validation_id, found.what) == (key.validation_id, "its record was removed")
    trail.api.store.delete(f"index/validations/{DEFAULT_TENANT}/{key.validation_id}.json")
    (found,) = trail.found()
    assert "the run was removed" in found.what


def test_a_removed_or_forged_checkpoint_is_found(trail: Trail) -> None:
    trail.submit(1)
    for _ in range(3):
        trail.checkpoint()
        trail.clock.advance(DAY)
    second = f"audit/checkpoints/{T0 + DAY:%Y%m%d}.jws"
    kept = trail.api.store.get(second).body
    trail.api.store.delete(second)
    (found,) = trail.found()
    assert "removed or replaced" in found.what
    trail.api.store.put(second, kept[:-8] + b"AAAAAAAA")
    assert any("signature" in one.what for one in trail.found())


def test_a_checkpoint_signed_with_a_key_that_is_not_ours_does_not_hold(
    trail: Trail, tmp_path: Path
) -> None:
    trail.submit(1)
    create_key(tmp_path / "theirs")
    Checkpoints(trail.repository, tmp_path / "theirs").take(trail.clock.now())
    (found,) = trail.found()
    assert "signature does not hold" in found.what


def test_checkpoints_of_a_key_that_was_rotated_and_retired_hold(trail: Trail) -> None:
    trail.submit(1)
    trail.checkpoint()
    (old,) = trail.keys.glob("*.pem")
    create_key(trail.keys)
    trail.clock.advance(DAY)
    trail.checkpoint()
    retire_key(trail.keys, old.stem)
    assert trail.found() == []
    (trail.keys / f"{old.name}.retired").unlink()
    assert any("signature does not hold" in one.what for one in trail.found())


def test_the_command_names_what_it_found_and_exits_with_1(tmp_path: Path) -> None:
    create_key(tmp_path / "keys")
    config = tmp_path / "settings.yaml"
    config.write_text(
        f"auth: {{keys_directory: {tmp_path / 'keys'}}}\nstore: {{path: {tmp_path / 'store'}}}\n"
    )
    trail = Trail(tmp_path / "api")
    key = trail.submit(1)
    trail.cancel(key)
    store = build_store(StoreSettings(path=tmp_path / "store"))
    for name in trail.api.store.list(""):
        store.put(name, trail.api.store.get(name).body)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["audit", *arguments, "--config", str(config)])

    assert run("checkpoint").output == "taken\n"
    whole = run("verify")
    assert whole.exit_code == 0
    assert "1 runs, 3 events, 1 checkpoints: whole" in whole.output

    name = key.document("validation_summary.json")
    body = json.loads(store.get(name).body)
    body["record"]["events"][1]["actor"] = "somebody else"
    store.put(name, json.dumps(body).encode())
    tampered = run("verify")
    assert tampered.exit_code == 1
    assert f"{key.validation_id}: event 2: run.cancel_requested was altered" in tampered.output


def test_only_what_moved_is_in_a_checkpoint(trail: Trail) -> None:
    keys = [trail.submit(n) for n in range(2)]
    for key in keys:
        trail.cancel(key)
        # as the reconciler does with a run at rest
        trail.repository.index.note_change(key)
        trail.repository.index.unmark_moving(key)
    trail.checkpoint()
    trail.clock.advance(DAY)
    trail.checkpoint()
    first, second = Checkpoints(trail.repository, trail.keys).read()
    assert {head.count for head in first.heads.values()} == {3}
    assert second.heads == {}
