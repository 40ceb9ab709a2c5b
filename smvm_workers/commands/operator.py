"""What the operator commands share: a group that says what went wrong in a sentence."""

import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from smvm_common.errors import SmvmError
from smvm_common.logging import configure_logging
from smvm_common.settings import LoggingSettings
from smvm_workers.services import worker_services

_PIPE_WIDTH = 200
"""Columns where nobody's terminal gives a width: identifiers must not be broken."""
_QUIET = LoggingSettings("WARNING")
"""A command prints what it did; ``detailed_logging`` shows the rest."""


class OperatorGroup(click.Group):
    """A group whose commands log to standard error, and end with a sentence and exit code 1 where
    SMVM raises one of its errors."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            configure_logging(_QUIET, worker_services().settings.features)
            return super().invoke(ctx)
        except SmvmError as error:
            raise click.ClickException(error.detail) from error


def print_table(table: Table, nothing: str) -> None:
    """Print a table, or what to say where it is empty."""
    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    console.print(table if table.row_count else nothing)


def cells(*values: object) -> tuple[Text, ...]:
    """A row's cells as plain text: what receivers answered is not markup."""
    return tuple(Text(str(value)) for value in values)
