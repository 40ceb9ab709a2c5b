"""``celery -A smvm_workers runs``: what is moving, one run, and a hand to it."""

import json
import sys
from functools import partial

import click
from rich.console import Console
from rich.table import Table

from smvm_common.errors import SmvmError
from smvm_common.identifiers import DEFAULT_TENANT
from smvm_common.run import progress, transitions
from smvm_common.run.record import Run
from smvm_workers.services import worker_services

_ACTOR = "operator"

_tenant = click.option("--tenant", default=DEFAULT_TENANT, show_default=True)


@click.group()
def runs() -> None:
    """Validation runs: list the moving ones, show, resume, cancel."""


@runs.command("list")
@click.option("--all", "everything", is_flag=True, help="Not only those that are moving.")
@_tenant
def list_runs(everything: bool, tenant: str) -> None:
    """Show runs with their status, stage and age."""
    services = worker_services()
    index = services.repository.index
    if everything:
        keys = (index.resolve(tenant, name) for name in index.validations(tenant))
    else:
        keys = (key for key in index.moving() if key.tenant == tenant)
    table = Table("validation", "project", "status", "stage", "progress", "review", "changed")
    for key in keys:
        try:
            run = services.repository.load(key)
        except SmvmError:
            continue
        table.add_row(
            key.validation_id,
            key.project_id,
            run.status.value,
            progress.current_stage(run),
            f"{progress.progress(run):.0%}",
            run.manual_review.reason if run.manual_review else "",
            f"{run.updated_at:%Y-%m-%d %H:%M:%S}",
        )
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table if table.row_count else "no runs")


@runs.command("show")
@click.argument("validation_id")
@_tenant
def show_run(validation_id: str, tenant: str) -> None:
    """Show one run's status and its audit trail."""
    run = _find(tenant, validation_id)
    click.echo(
        json.dumps(
            {
                "validation_id": validation_id,
                "status": run.status.value,
                "round": run.round,
                "stage_results": progress.stage_results(run),
                "warnings": list(run.warnings),
                "gate": run.gate,
                "decision": run.decision,
                "final": run.final,
                "events": [f"{e.occurred_at:%Y-%m-%dT%H:%M:%SZ} {e.name}" for e in run.events],
            },
            indent=2,
            ensure_ascii=False,
        )
    )


@runs.command("resume")
@click.argument("validation_id")
@_tenant
def resume_run(validation_id: str, tenant: str) -> None:
    """Try again what failed or was left out."""
    run = _find(tenant, validation_id)
    _apply(run, "resume", partial(transitions.resume, actor=_ACTOR))


@runs.command("cancel")
@click.argument("validation_id")
@click.option("--reason", help="Stands in the audit trail.")
@_tenant
def cancel_run(validation_id: str, tenant: str, reason: str | None) -> None:
    """Stop a run where it is."""
    run = _find(tenant, validation_id)
    _apply(run, "cancel", partial(transitions.cancel, actor=_ACTOR, reason=reason))


def _find(tenant: str, validation_id: str) -> Run:
    try:
        return worker_services().repository.find(tenant, validation_id)
    except SmvmError as error:
        raise click.ClickException(f"{validation_id}: {error.detail}") from error


def _apply(run: Run, name: str, transition: "partial[Run]") -> None:
    try:
        change = worker_services().repository.update(run.key, transition)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    click.echo(f"{name}: {run.key.validation_id} is {change.after.status.value}")
