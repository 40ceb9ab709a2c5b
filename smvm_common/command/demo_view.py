"""What ``smvm demo`` shows: live on a terminal, line by line elsewhere."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from smvm_common.client import Accepted, State, Submission
from smvm_common.command.stack import Stack

_MARKS = {
    "pending": ("·", "dim"),
    "in_progress": ("▸", "yellow"),
    "completed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "timed_out": ("!", "red"),
    "failed": ("✗", "red"),
}
_VERDICTS = {
    "go": ("GO", "green"),
    "conditional_go": ("CONDITIONAL GO", "yellow"),
    "no_go": ("NO-GO", "red"),
}


class DemoView:
    """Collects what happens and draws it; a context manager around the live display."""

    def __init__(self, console: Console, stack: Stack) -> None:
        self._console = console
        self._stack = stack
        self._began = time.monotonic()
        self._step = ""
        self._state: State | None = None
        self._submission: Submission | None = None
        self._artifacts: dict[str, int] = {}
        self._run_folder: Path | None = None
        self._accepted: Accepted | None = None
        self._live = Live(console=console, get_renderable=self._draw, refresh_per_second=8)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def step(self, text: str) -> None:
        self._step = text
        self._line(f"[bold]{text}[/bold]")

    def accepted(self, submission: Submission, accepted: Accepted) -> None:
        self._submission, self._accepted = submission, accepted
        self._line(f"accepted as {accepted.validation_id}: “{submission.idea.description}”")
        for text in accepted.checks["recommendations"]:
            self._line(f"  T0: {text}")

    def progress(self, state: State) -> None:
        before = self._state.stage_results if self._state else {}
        self._state = state
        for name, result in state.stage_results.items():
            if before.get(name) != result and result not in ("pending", "in_progress"):
                self._line(f"  {_MARKS[result][0]} {name.replace('_', ' ')}")
        if state.gate and not (before and self._gate_shown):
            self._line(f"  gate: {state.gate['gate_decision']}")
            self._gate_shown = True

    _gate_shown = False

    def finished(self, state: State, artifacts: dict[str, int]) -> None:
        self._state, self._artifacts = state, artifacts

    def callbacks(self) -> list[dict[str, Any]]:
        """What the receiver verified so far."""
        path = self._stack.callbacks_file
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def heard_the_end(self) -> bool:
        return any(c.get("run_status") == "finalized" for c in self.callbacks())

    def conclude(self) -> None:
        """The decision in plain words, what was received, and where the artefacts are."""
        state, submission, accepted = self._state, self._submission, self._accepted
        if state is None or state.final is None or submission is None or accepted is None:
            return
        word, colour = _VERDICTS[state.final["recommendation"]]
        body = Text.assemble(
            (f"{word}", f"bold {colour}"),
            f"   confidence {state.final['confidence_score']:.0%}\n\n",
            state.final["plain_words"],
            *(f"\n• {reason}" for reason in state.final["reasons"]),
            *(f"\n→ {condition}" for condition in state.final["conditions"]),
        )
        self._console.print(Panel(body, title="T32: the decision", border_style=colour))
        self._console.print(self._artifact_table(submission, accepted))
        heard = self.callbacks()
        order = [c["sequence"] for c in heard]
        self._console.print(
            f"{len(heard)} callbacks received, every signature verified,"
            f" {'in order' if order == sorted(order) else 'OUT OF ORDER'};"
            f" {time.monotonic() - self._began:.0f} s in all"
        )

    def _artifact_table(self, submission: Submission, accepted: Accepted) -> Table:
        settings = self._stack.settings.store
        where = f"runs/{submission.project_id}/validation/{accepted.run_id}"
        if settings.kind == "s3":
            downloads = self._stack.state.root / "downloads"
            folder = str(downloads / submission.project_id / accepted.validation_id)
            title = f"s3://{settings.bucket}/{where}\nsaved to {folder}"
        else:
            title = f"{settings.path / where}"
        table = Table("artefact", "bytes", title=title, title_justify="left")
        table.columns[1].justify = "right"
        for name, size in self._artifacts.items():
            table.add_row(name, f"{size:,}")
        return table

    def _line(self, text: str) -> None:
        if not self._console.is_terminal:
            self._console.print(f"[{time.monotonic() - self._began:5.1f} s] {text}")

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [Text(f"▶ {self._step}", "bold cyan")]
        if self._accepted is not None:
            parts.append(Text(f"  {self._accepted.validation_id}", "dim"))
        if self._state is not None:
            parts += [self._stages(self._state), ProgressBar(1, self._state.progress, width=60)]
        heard = self.callbacks()
        if heard:
            last = heard[-1]
            seen = last.get("message") or f"{last['current_stage']}, {last['progress']:.0%}"
            parts.append(
                Text(f"  {len(heard)} callbacks verified; last {last['kind']}: {seen}", "dim")
            )
        return Group(*parts)

    def _stages(self, state: State) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, result in state.stage_results.items():
            mark, colour = _MARKS[result]
            note = ""
            if name == "gate" and state.gate:
                note = f"{state.gate['gate_decision']} ({state.gate['confidence_score']:.0%})"
            table.add_row(Text(f"  {mark}", colour), name.replace("_", " "), note)
        return table
