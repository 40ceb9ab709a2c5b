"""``smvm demo``: one idea from T0 to T32 on the real stack, in seconds."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console

from smvm_common.client import ClientError, SmvmClient, State
from smvm_common.command.demo_view import DemoView
from smvm_common.command.idea_file import read_submission
from smvm_common.command.stack import Stack, prepared, supervise, wait_until_ready
from smvm_common.errors import SmvmError
from smvm_common.identifiers import ARTIFACT_NAMES

_DECIDED = ("completed", "incomplete", "failed", "cancelled", "finalized")


@click.command()
@click.option(
    "--idea",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON or YAML file: an idea, or a whole request. The guide's example by default.",
)
@click.option("--store", type=click.Choice(["directory", "s3"]), default="directory")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".smvm"),
    show_default=True,
    help="Where settings, keys, data and logs are kept.",
)
@click.option("--timeout", default=180, show_default=True, help="Seconds to wait for each step.")
def demo(idea: Path | None, store: str, directory: Path, timeout: int) -> None:
    """Start the stack, submit an idea, walk it through T0+3 min, T0+30 days and T32, show all."""
    console = Console(width=None if sys.stdout.isatty() else 110)
    outcome: list[bool] = []
    try:
        with prepared(directory, store, None) as stack:
            log = stack.state.logs / "demo.log"

            def work() -> None:
                outcome.append(_attempt(stack, idea, timedelta(seconds=timeout), console))

            with log.open("w", encoding="utf-8") as output:
                supervise(stack, work, output)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    if outcome != [True]:
        _show_tail(log)
        sys.exit(1)


def _attempt(stack: Stack, idea: Path | None, patience: timedelta, console: Console) -> bool:
    view = DemoView(console, stack)
    try:
        with view:
            _walk(stack, idea, patience, view)
    except (ClientError, SmvmError) as error:
        console.print(f"[red]The demo failed:[/red] {error}")
        return False
    view.conclude()
    return True


def _walk(stack: Stack, idea: Path | None, patience: timedelta, view: DemoView) -> None:
    """The timeline of the guide, each step by the production code."""
    view.step("starting the API, workers, beat and a receiver")
    wait_until_ready(stack)
    client = SmvmClient(
        stack.url,
        stack.issue_token(),
        dead_letter_path=stack.state.root / "client-dead-letters.jsonl",
    )
    submission = read_submission(idea, f"http://127.0.0.1:{stack.receiver_port}")
    accepted = client.submit(submission)
    view.accepted(submission, accepted)

    def until(reached: Callable[[State], bool]) -> State:
        return client.wait(
            accepted.validation_id, reached, timeout=patience, on_progress=view.progress
        )

    view.step("T0+3 min: the gate")
    until(lambda state: state.gate is not None or state.status in _DECIDED)
    view.step("the analysis")
    state = until(lambda s: s.status in ("awaiting_completion", *_DECIDED))
    if state.status == "awaiting_completion":
        view.step("T0+30 days: the clock is advanced, the analysis runs again")
        client.advance_clock(accepted.validation_id, timedelta(days=30))
        until(lambda s: s.status in _DECIDED)
    view.step("T32: the clock is advanced, the decision is made final")
    client.advance_clock(accepted.validation_id, timedelta(days=32))
    state = until(lambda s: s.status not in ("completed", "running"))
    if state.status != "finalized":
        raise ClientError(f"the run ended as {state.status}: {state.raw['manual_review']}")
    view.finished(state, _fetch(client, stack, accepted.validation_id, submission.project_id))
    _await_callbacks(view)


def _fetch(client: SmvmClient, stack: Stack, validation_id: str, project: str) -> dict[str, int]:
    """The eight files with their sizes; from S3 they are also saved to the state directory."""
    found = {a.name: a.size for a in client.artifacts(validation_id) if a.name in ARTIFACT_NAMES}
    if stack.settings.store.kind == "s3":
        folder = stack.state.root / "downloads" / project / validation_id
        folder.mkdir(parents=True, exist_ok=True)
        for name in found:
            client.download(validation_id, name, folder / name)
    return found


def _await_callbacks(view: DemoView) -> None:
    """The last callbacks are a moment behind the status."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not view.heard_the_end():
        time.sleep(0.1)


def _show_tail(log: Path) -> None:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
    click.echo("\n".join(["", f"the end of {log}:", *lines]), err=True)
