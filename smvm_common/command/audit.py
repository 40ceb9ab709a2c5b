"""``smvm audit``: whether the audit trail is whole."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from smvm_common.audit.checkpoints import Checkpoints
from smvm_common.audit.verification import AuditVerification
from smvm_common.clock import SystemClock
from smvm_common.command.sources import read_settings, with_config
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.retention.cleaner import RetentionCleaner
from smvm_common.run.repository import RunRepository
from smvm_common.store.factory import build_store


@click.group()
def audit() -> None:
    """The audit trail: verify it, take a checkpoint of it."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@with_config
def verify(as_json: bool, config: Path | None) -> None:
    """Find every event that was removed, altered or moved; exits with 1 if there is any."""
    repository, checkpoints = _open(config)
    verification = AuditVerification(repository, checkpoints, _removed_in_time(repository))
    found = 0
    for one in verification.everything():
        found += 1
        event = "" if one.event is None else f" event {one.event}:"
        text = f"{one.validation_id}:{event} {one.what}"
        click.echo(json.dumps(asdict(one), ensure_ascii=False) if as_json else text)
    tally = verification.tally
    summary = f"{tally.runs} runs, {tally.events} events, {tally.checkpoints} checkpoints: "
    click.echo(summary + (f"{found} problems" if found else "whole"), err=as_json)
    if found:
        sys.exit(1)


@audit.command("checkpoint")
@with_config
def checkpoint(config: Path | None) -> None:
    """Sign where every chain that moved stands, unless that was done today; beat does it daily."""
    _, checkpoints = _open(config)
    taken = checkpoints.take(SystemClock().now())
    click.echo("taken" if taken else "today's checkpoint is there already")


def _removed_in_time(repository: RunRepository) -> frozenset[str]:
    cleaner = RetentionCleaner(repository, DeadLetterBox(repository.store), SystemClock())
    return frozenset(cleaner.removed_records())


def _open(config: Path | None) -> tuple[RunRepository, Checkpoints]:
    settings = read_settings(config)
    repository = RunRepository(build_store(settings.store), SystemClock())
    return repository, Checkpoints(repository, settings.auth.keys_directory)
