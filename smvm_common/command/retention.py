"""``smvm retention``: what is deleted when its time is over, and why."""

import json
from collections.abc import Iterable
from pathlib import Path

import click

from smvm_common.clock import SystemClock
from smvm_common.command.sources import read_settings, with_config
from smvm_common.dead_letters import DeadLetterBox
from smvm_common.retention.cleaner import Deletion, RetentionCleaner
from smvm_common.run.repository import RunRepository
from smvm_common.store.factory import build_store


@click.group()
def retention() -> None:
    """Deletion of what was kept long enough; beat does it every hour."""


@retention.command("clean")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@with_config
def clean(dry_run: bool, config: Path | None) -> None:
    """Delete what is due now."""
    lines = _cleaner(config).clean(dry_run=dry_run)
    _show(lines)
    click.echo(f"{len(lines)} due")


@retention.command("report")
@with_config
def report(config: Path | None) -> None:
    """Print what was deleted so far and why, as JSON lines."""
    for one in _cleaner(config).reports():
        click.echo(json.dumps(one, ensure_ascii=False))


def _show(lines: Iterable[Deletion]) -> None:
    for line in lines:
        click.echo(f"{line.done:16} {line.retention_class:12} {line.subject}  {line.why}")


def _cleaner(config: Path | None) -> RetentionCleaner:
    store, clock = build_store(read_settings(config).store), SystemClock()
    return RetentionCleaner(RunRepository(store, clock), DeadLetterBox(store), clock)
