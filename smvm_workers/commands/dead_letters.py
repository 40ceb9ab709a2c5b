"""``celery -A smvm_workers dead-letters``: list, show, replay and purge undelivered callbacks."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from smvm_common.clock import parse_rfc3339
from smvm_common.dead_letters import DeadLetter, DeadLetterBox, DeadLetterFilter
from smvm_common.errors import SmvmError
from smvm_workers.commands.ages import Age
from smvm_workers.services import WorkerServices, worker_services


@click.group()
def dead_letters() -> None:
    """Callbacks that could not be delivered: list, show, replay, purge."""


def _filters(command: Callable[..., None]) -> Callable[..., None]:
    options = (
        click.option("--run", "validation_id", metavar="VAL-…", help="Only this run's."),
        click.option("--tenant", help="Only this tenant's."),
        click.option("--destination", metavar="URL", help="Only this scheme://host[:port]'s."),
        click.option("--older-than", type=Age(), metavar="AGE", help="Such as 30m, 6h or 2d."),
        click.option("--younger-than", type=Age(), metavar="AGE", help="Such as 30m, 6h or 2d."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _filter(
    now: datetime,
    older_than: timedelta | None,
    younger_than: timedelta | None,
    **exact: str | None,
) -> DeadLetterFilter:
    return DeadLetterFilter(
        **exact,
        older_than=None if older_than is None else now - older_than,
        younger_than=None if younger_than is None else now - younger_than,
    )


@dead_letters.command("list")
@_filters
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_letters(limit: int, as_json: bool, **filters: Any) -> None:
    """Show the letters, oldest first."""
    services = worker_services()
    wanted = _filter(services.clock.now(), **filters)
    found = services.dead_letters.list(wanted, limit=limit)
    if as_json:
        for letter in found:
            click.echo(json.dumps(letter.to_json(), ensure_ascii=False))
        return
    table = Table("id", "kind", "destination", "tries", "reason", "last attempt")
    for letter in found:
        table.add_row(
            letter.id,
            letter.kind,
            letter.destination,
            str(letter.attempts),
            letter.reason,
            letter.last_attempt_at,
        )
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table if table.row_count else "no dead letters")


@dead_letters.command("show")
@click.argument("letter_id")
def show_letter(letter_id: str) -> None:
    """Show one letter with its payload, as JSON."""
    try:
        letter = worker_services().dead_letters.get(letter_id)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    click.echo(json.dumps(letter.to_json(), indent=2, ensure_ascii=False))


def _chosen(
    box: DeadLetterBox, ids: tuple[str, ...], everything: bool, wanted: DeadLetterFilter
) -> Iterator[DeadLetter]:
    filtered = wanted != DeadLetterFilter()
    if sum((bool(ids), everything, filtered)) != 1:
        raise click.UsageError("name letters, or give filters, or say --all: one of the three")
    if not ids:
        yield from box.list(wanted)
        return
    for letter_id in ids:
        try:
            yield box.get(letter_id)
        except SmvmError as error:
            raise click.ClickException(error.detail) from error


@dead_letters.command("replay")
@click.argument("letter_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every letter.")
@_filters
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
def replay_letters(
    letter_ids: tuple[str, ...], everything: bool, dry_run: bool, **filters: Any
) -> None:
    """Send letters again, in order; each keeps its webhook-id. Exits with 1 if any failed."""
    services = worker_services()
    wanted = _filter(services.clock.now(), **filters)
    chosen = _chosen(services.dead_letters, letter_ids, everything, wanted)
    counts = {"delivered": 0, "failed": 0, "skipped": 0}
    for letter in chosen:
        if dry_run:
            click.echo(f"would send {letter.id} to {letter.url} as {letter.webhook_id}")
            continue
        outcome = services.replayer.replay(letter.id)
        counts[outcome.result] += 1
        click.echo(f"{outcome.result:9} {letter.id}  {outcome.reason}")
    if not dry_run:
        click.echo(", ".join(f"{number} {result}" for result, number in counts.items()))
    if counts["failed"] or counts["skipped"]:
        sys.exit(1)


@dead_letters.command("purge")
@click.argument("letter_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every letter.")
@_filters
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge_letters(
    letter_ids: tuple[str, ...], everything: bool, dry_run: bool, yes: bool, **filters: Any
) -> None:
    """Delete letters for good: TractionBuild will never hear of them."""
    services: WorkerServices = worker_services()
    wanted = _filter(services.clock.now(), **filters)
    if not (yes or dry_run):
        click.confirm("Delete these letters for good?", abort=True)
    count = 0
    for letter in _chosen(services.dead_letters, letter_ids, everything, wanted):
        if dry_run:
            click.echo(
                f"would delete {letter.id} ({parse_rfc3339(letter.occurred_at):%d %b %H:%M})"
            )
            continue
        services.dead_letters.remove(letter.id)
        count += 1
    click.echo(f"{count} purged")
