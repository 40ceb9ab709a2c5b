"""``celery -A smvm_workers dead-letters``: list, show, replay and purge undelivered callbacks."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click
from rich.table import Table

from smvm_common.dead_letters import DeadLetter
from smvm_workers.callbacks.replayer import ReplayOutcome
from smvm_workers.commands.letter_filters import (
    chosen,
    filter_from,
    with_filters,
    with_selection,
)
from smvm_workers.commands.operator import OperatorGroup, cells, print_table
from smvm_workers.services import worker_services

_RESULTS = ("delivered", "failed", "skipped")


@click.group(cls=OperatorGroup)
def dead_letters() -> None:
    """Callbacks that could not be delivered: list, show, replay, purge."""


@dead_letters.command("list")
@with_filters
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_letters(limit: int, as_json: bool, **filters: Any) -> None:
    """Show the letters, oldest first."""
    services = worker_services()
    wanted = filter_from(services.clock.now(), **filters)
    found = services.dead_letters.list(wanted, limit=limit)
    if as_json:
        for letter in found:
            click.echo(json.dumps(letter.to_json(), ensure_ascii=False))
    else:
        print_table(_table(found), "no dead letters")


def _table(letters: Iterator[DeadLetter]) -> Table:
    table = Table("id", "kind", "destination", "tries", "reason", "last attempt")
    for one in letters:
        row = (one.id, one.kind, one.destination, one.attempts, one.reason, one.last_attempt_at)
        table.add_row(*cells(*row))
    return table


@dead_letters.command("show")
@click.argument("letter_id")
def show_letter(letter_id: str) -> None:
    """Show one letter with its payload, as JSON."""
    letter = worker_services().dead_letters.get(letter_id)
    click.echo(json.dumps(letter.to_json(), indent=2, ensure_ascii=False))


@dead_letters.command("replay")
@with_selection
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def replay_letters(dry_run: bool, as_json: bool, **selection: Any) -> None:
    """Send letters again, oldest first; each keeps its webhook-id. Exits with 1 if any failed."""
    services = worker_services()
    read = chosen(services.dead_letters, services.clock.now(), **selection)
    counts: Counter[str] = Counter()
    for letter in read():
        if dry_run:
            click.echo(f"would send {letter.id} to {letter.url} as {letter.webhook_id}")
            continue
        outcome = services.replayer.replay(letter.id)
        counts[outcome.result] += 1
        click.echo(_line(outcome, as_json))
    if not dry_run:
        summary = ", ".join(f"{counts[result]} {result}" for result in _RESULTS)
        click.echo(summary, err=as_json)
    if counts["failed"] or counts["skipped"]:
        sys.exit(1)


def _line(outcome: ReplayOutcome, as_json: bool) -> str:
    if not as_json:
        return f"{outcome.result:9} {outcome.letter_id}  {outcome.reason}"
    fields = {"id": outcome.letter_id, "result": outcome.result, "reason": outcome.reason}
    return json.dumps(fields, ensure_ascii=False)


@dead_letters.command("purge")
@with_selection
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_letters(dry_run: bool, yes: bool, **selection: Any) -> None:
    """Delete letters for good: TractionBuild will never hear of them."""
    services = worker_services()
    read = chosen(services.dead_letters, services.clock.now(), **selection)
    if dry_run:
        for letter in read():
            click.echo(f"would delete {letter.id} ({letter.reason})")
        return
    if not yes:
        number = sum(1 for _ in read())
        click.confirm(f"Delete {number} dead letter(s) for good?", abort=True)
    count = 0
    for letter in read():
        services.dead_letters.remove(letter.id)
        count += 1
    click.echo(f"{count} purged")
