"""How ``smvm demo`` shows a run on its way: live on a terminal, line by line elsewhere."""

import json
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from smvm_common.client import Accepted, State, Submission

_MARKS = {
    "pending": ("·", "dim"),
    "in_progress": ("▸", "yellow"),
    "completed": ("✓", "green"),
    "skipped": ("–", "dim"),
    "timed_out": ("!", "red"),
    "failed": ("✗", "red"),
}
_UNDER_WAY = ("pending", "in_progress")


class DemoView:
    """A context manager around the live display. ``callbacks_file`` is what the receiver writes."""

    def __init__(self, console: Console, callbacks_file: Path) -> None:
        self._console = console
        self._callbacks_file = callbacks_file
        self._began = time.monotonic()
        self._step = ""
        self._step_began = self._began
        self._spinner = Spinner("dots", style="bold cyan")
        self._state: State | None = None
        self._live = Live(
            console=console, get_renderable=self._draw, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def elapsed(self) -> float:
        """Seconds since the view was made."""
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        """Say which step of the timeline begins."""
        self._step, self._step_began = text, time.monotonic()
        self._say(f"[bold cyan]{text}[/]")

    def accepted(self, submission: Submission, accepted: Accepted) -> None:
        """Show the answer to the submission, T0."""
        checks = accepted.checks
        self._say(f"[bold cyan]T0: “{escape(submission.idea.description)}”[/]")
        self._say(f"  accepted as {accepted.validation_id}, risk {checks['risk_assessment']}")
        for text in checks["recommendations"]:
            self._say(f"  • {escape(text)}")

    def progress(self, state: State) -> None:
        """Show what changed since the last state."""
        before = self._state.stage_results if self._state else {}
        gate_is_new = state.gate is not None and (self._state is None or self._state.gate is None)
        self._state = state
        for name, result in state.stage_results.items():
            if result not in _UNDER_WAY and before.get(name) != result:
                mark, colour = _MARKS[result]
                self._say(f"  [{colour}]{mark}[/] {name.replace('_', ' ')}")
        if gate_is_new:
            self._show_gate(state.gate or {})

    def callbacks(self) -> list[dict[str, Any]]:
        """What the receiver verified so far, in order of arrival."""
        if not self._callbacks_file.exists():
            return []
        lines = self._callbacks_file.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def _show_gate(self, gate: Any) -> None:
        confidence = f"{gate['confidence_score']:.0%}"
        self._say(f"  [bold]gate: {gate['gate_decision']}[/], confidence {confidence}")
        for factor in gate["key_factors"]:
            name = factor["factor"].replace("_", " ")
            self._say(f"    {name} {factor['score']:.2f}: [dim]{escape(factor['evidence'])}[/]")

    def _say(self, text: str) -> None:
        # a grid, so that what wraps stays beside the time
        line = Table.grid(padding=(0, 1))
        line.add_row(Text(f"{self.elapsed():5.1f} s", "dim"), text)
        self._console.print(line)

    def _draw(self) -> RenderableType:
        seconds = time.monotonic() - self._step_began
        self._spinner.update(text=Text(f"{self._step}, {seconds:.0f} s", "bold cyan"))
        parts: list[RenderableType] = [self._spinner]
        if self._state is not None:
            parts += [_stages(self._state), _bar(self._state)]
        heard = self.callbacks()
        if heard:
            last = heard[-1]
            seen = last.get("message") or f"{last['current_stage']}, {last['progress']:.0%}"
            parts.append(Text(f"  {len(heard)} callbacks verified; last {last['kind']}: {seen}"))
        return Group(*parts)


def _stages(state: State) -> RenderableType:
    """One line of marks: what is done was said above already."""
    row = Table.grid(padding=(0, 1))
    cells = [Text(*_MARKS[result]) for result in state.stage_results.values()]
    row.add_row("  ", *cells, Text(state.current_stage.replace("_", " "), "dim"))
    return row


def _bar(state: State) -> RenderableType:
    """In a grid, since a bar by itself does not end its line."""
    row = Table.grid(padding=(0, 1))
    row.add_row(
        "  ", ProgressBar(1, state.progress, width=58), Text(f"{state.progress:.0%}", "dim")
    )
    return row
