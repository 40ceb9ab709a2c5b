"""``smvm demo``: one idea from T0 to T32 on the real stack, in seconds."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from smvm_common.client import ClientError, SmvmClient, Submission
from smvm_common.command.demo_conclusion import conclude
from smvm_common.command.demo_view import DemoView
from smvm_common.command.demo_walk import Finished, walk
from smvm_common.command.idea_file import read_submission
from smvm_common.command.stack import SIGNALLED, Stack, prepared, supervise, wait_until_ready
from smvm_common.errors import SmvmError

_TAIL_LINES = 25


@click.command()
@click.option(
    "--idea",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON or YAML file: an idea, or a whole request. The guide's example by default.",
)
@click.option(
    "--store",
    type=click.Choice(["directory", "s3"]),
    default="directory",
    show_default=True,
    help="What holds the runs: a directory, or an S3 server that is started too.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".smvm"),
    show_default=True,
    help="Where settings, keys, data and logs are kept.",
)
@click.option(
    "--keep/--no-keep",
    default=True,
    show_default=True,
    help="Keep the data; else all of it lies in a temporary directory.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1),
    default=180,
    show_default=True,
    help="Seconds to wait for each step.",
)
def demo(idea: Path | None, store: str, directory: Path, keep: bool, timeout: int) -> None:
    """Start the stack, submit an idea, walk it through T0+3 min, T0+30 days and T32, show all."""
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False)
    submission = read_submission(idea)
    with _home(directory, keep) as home, prepared(home, store, None) as stack:
        outcome: list[bool] = []

        def work() -> None:
            outcome.append(
                _attempt(stack, submission, timedelta(seconds=timeout), console, kept=keep)
            )

        log = stack.state.logs / "demo.log"
        with log.open("w", encoding="utf-8") as output:
            code = supervise(stack, work, output)
        if outcome != [True]:
            console.show_cursor()
            if code in SIGNALLED:
                click.echo("\ninterrupted; every process is ended", err=True)
                sys.exit(code)
            _show_tail(log)
            sys.exit(1)


@contextmanager
def _home(directory: Path, keep: bool) -> Iterator[Path]:
    if keep:
        yield directory
        return
    with TemporaryDirectory(prefix="smvm-demo-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


def _attempt(
    stack: Stack, submission: Submission, patience: timedelta, console: Console, *, kept: bool
) -> bool:
    try:
        ours = replace(submission, callback_url=f"http://127.0.0.1:{stack.receiver_port}")
        with DemoView(console, stack.callbacks_file) as view:
            view.step("starting the API, workers, beat and a receiver")
            wait_until_ready(stack)
            finished: Finished = walk(_client(stack), ours, patience, view)
        console.print(conclude(stack, finished, kept=kept))
    except (ClientError, SmvmError) as error:
        console.print(f"[red]The demo failed:[/red] {error}")
        return False
    return True


def _client(stack: Stack) -> SmvmClient:
    waiting = stack.state.root / "client-dead-letters.jsonl"
    return SmvmClient(stack.url, stack.issue_token(), dead_letter_path=waiting)


def _show_tail(log: Path) -> None:
    """What the processes said last; honcho's lines name the one that stopped by itself."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    stopped = [line for line in lines if " system " in line and "stopped" in line][:1]
    tail = [line[:200] for line in lines[-_TAIL_LINES:]]
    click.echo("\n".join(["", *stopped, f"the end of {log}:", *tail]), err=True)
