"""``celery -A smvm_workers runs``: what is moving, one run, and a hand to it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from getpass import getuser
from socket import gethostname

import click
from rich.table import Table

from smvm_common.errors import NotFoundError, ObjectNotFoundError
from smvm_common.identifiers import DEFAULT_TENANT, TENANT, VALIDATION_ID, RunKey
from smvm_common.outbox import pending
from smvm_common.run import progress, transitions
from smvm_common.run.record import JsonObject, Run
from smvm_workers.commands.operator import OperatorGroup, cells, print_table
from smvm_workers.services import WorkerServices, worker_services

_ACTOR = "operator"

_tenant = click.option("--tenant", default=DEFAULT_TENANT, show_default=True)


@click.group(cls=OperatorGroup)
def runs() -> None:
    """Validation runs: list the moving ones, show, resume, cancel."""


@runs.command("list")
@click.option("--all", "everything", is_flag=True, help="Not only those that are looked after.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_tenant
def list_runs(everything: bool, as_json: bool, tenant: str) -> None:
    """Show runs with their status, stage and progress."""
    found = (_summary(run) for run in _listed(worker_services(), tenant, everything))
    if as_json:
        for summary in found:
            click.echo(json.dumps(summary, ensure_ascii=False))
        return
    table = Table("validation", "project", "status", "stage", "progress", "review", "changed")
    for summary in found:
        table.add_row(*cells(*summary.values()))
    print_table(table, "no runs")


def _listed(services: WorkerServices, tenant: str, everything: bool) -> Iterator[Run]:
    for key in _keys(services, tenant, everything):
        try:
            yield services.repository.load(key)
        except NotFoundError:
            # claimed by a POST that has not answered yet, or died before it could
            continue


def _keys(services: WorkerServices, tenant: str, everything: bool) -> Iterator[RunKey]:
    index = services.repository.index
    if everything:
        return (index.resolve(tenant, name) for name in index.validations(tenant))
    return (key for key in index.moving() if key.tenant == tenant)


def _summary(run: Run) -> JsonObject:
    return {
        "validation_id": run.key.validation_id,
        "project_id": run.key.project_id,
        "status": run.status.value,
        "stage": progress.current_stage(run),
        "progress": progress.progress(run),
        "review": run.manual_review.reason if run.manual_review else "",
        "changed": f"{run.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    }


@runs.command("show")
@click.argument("validation_id")
@_tenant
def show_run(validation_id: str, tenant: str) -> None:
    """Show one run's status, its callbacks and its audit trail, as JSON."""
    services = worker_services()
    run = _find(tenant, validation_id)
    shown = {
        **_summary(run),
        "round": run.round,
        "stage_results": progress.stage_results(run),
        "warnings": list(run.warnings),
        "gate": run.gate,
        "decision": run.decision,
        "final": run.final,
        "callbacks": _callbacks(services, run),
        "events": [f"{e.occurred_at:%Y-%m-%dT%H:%M:%SZ} {e.name}" for e in run.events],
    }
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False))


def _find(tenant: str, validation_id: str) -> Run:
    named = TENANT.fullmatch(tenant) and VALIDATION_ID.fullmatch(validation_id)
    try:
        if named:
            return worker_services().repository.find(tenant, validation_id)
    except ObjectNotFoundError:
        pass
    raise NotFoundError(f"tenant {tenant} has no run {validation_id}")


def _callbacks(services: WorkerServices, run: Run) -> JsonObject:
    state = services.dispatcher.outbox.state(run.key)
    return {
        "url": run.callback_url,
        "settled_through": state.settled_through,
        "pending": len(pending(run, state)),
        "failed_attempts_of_the_next": state.failures,
        "stopped_by_the_receiver": state.stopped,
    }


@runs.command("resume")
@click.argument("validation_id")
@_tenant
def resume_run(validation_id: str, tenant: str) -> None:
    """Try again what failed or was left out."""
    allowance = timedelta(seconds=worker_services().settings.timeline.gate_seconds)
    _apply(tenant, validation_id, partial(transitions.resume, actor=_ACTOR, allowance=allowance))


@runs.command("cancel")
@click.argument("validation_id")
@click.option("--reason", help="Stands in the audit trail.")
@_tenant
def cancel_run(validation_id: str, tenant: str, reason: str | None) -> None:
    """Stop a run where it is."""
    _apply(tenant, validation_id, partial(transitions.cancel, actor=_ACTOR, reason=reason))


def _apply(tenant: str, validation_id: str, transition: "partial[Run]") -> None:
    run = _find(tenant, validation_id)
    origin = {"user": getuser(), "host": gethostname()}
    change = worker_services().repository.update(run.key, transition, origin=origin)
    click.echo(f"{validation_id} is {change.after.status.value}")
