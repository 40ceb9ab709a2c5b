"""The options by which operators choose dead letters."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import click

from smvm_common.dead_letters import DeadLetter, DeadLetterBox, DeadLetterFilter
from smvm_workers.commands.ages import Age

Command = Callable[..., None]

_FILTERS = (
    click.option("--run", "validation_id", metavar="VAL-…", help="Only this run's."),
    click.option("--tenant", help="Only this tenant's."),
    click.option("--destination", metavar="URL", help="Only this scheme://host[:port]'s."),
    click.option("--older-than", type=Age(), metavar="AGE", help="Such as 30m, 6h or 2d."),
    click.option("--younger-than", type=Age(), metavar="AGE", help="Such as 30m, 6h or 2d."),
)
_SELECTION = (
    click.argument("letter_ids", nargs=-1, metavar="[ID]…"),
    click.option("--all", "everything", is_flag=True, help="Every letter."),
    *_FILTERS,
    click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing."),
)


def with_filters(command: Command) -> Command:
    """Add the filter options."""
    return _with(_FILTERS, command)


def with_selection(command: Command) -> Command:
    """Add everything by which letters to act on are chosen."""
    return _with(_SELECTION, command)


def _with(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def filter_from(
    now: datetime,
    older_than: timedelta | None,
    younger_than: timedelta | None,
    **exact: str | None,
) -> DeadLetterFilter:
    """The filter that the options ask for at ``now``."""
    return DeadLetterFilter(
        **exact,
        older_than=None if older_than is None else now - older_than,
        younger_than=None if younger_than is None else now - younger_than,
    )


def chosen(
    box: DeadLetterBox,
    now: datetime,
    letter_ids: tuple[str, ...],
    everything: bool,
    **filters: Any,
) -> Callable[[], Iterator[DeadLetter]]:
    """What reads the chosen letters, one at a time; ``UsageError`` unless they are chosen in
    exactly one way: nobody should act on all of them by leaving something out."""
    wanted = filter_from(now, **filters)
    if sum((bool(letter_ids), everything, wanted != DeadLetterFilter())) != 1:
        raise click.UsageError("name letters, or give filters, or say --all: one of the three")
    if letter_ids:
        return lambda: (box.get(letter_id) for letter_id in letter_ids)
    return lambda: box.list(wanted)
