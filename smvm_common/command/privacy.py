"""``smvm privacy``: requests of data subjects, and legal holds."""

import json
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from socket import gethostname
from typing import Any

import click

from smvm_common.clock import SystemClock, rfc3339
from smvm_common.command.sources import read_settings, with_config
from smvm_common.handover import build_handover
from smvm_common.identifiers import DEFAULT_TENANT, RunKey
from smvm_common.privacy import LegalHolds, PrivacyDesk, Request
from smvm_common.run.repository import RunRepository
from smvm_common.store.factory import build_store

Command = Callable[..., None]

_tenant = click.option("--tenant", default=DEFAULT_TENANT, show_default=True)
_reason = click.option("--reason", default="", help="Kept with the request.")
_subject = click.option("--subject", required=True, help="As the person was named as submitter.")


def _about_a_subject(command: Command) -> Command:
    for option in (with_config, _reason, _tenant, _subject):
        command = option(command)
    return command


@click.group()
def privacy() -> None:
    """Data subjects' requests: export, rectify, erase, restrict, consent; and legal holds."""


@privacy.command("export")
@_about_a_subject
def export(config: Path | None, **asked: str) -> None:
    """Print all that is kept of a subject, as JSON."""
    found = _desk(config).export(_request(**asked))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@privacy.command("erase")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_about_a_subject
def erase(yes: bool, config: Path | None, **asked: str) -> None:
    """Erase what the subject's runs say, for good; their audit trails stay."""
    if not yes:
        click.confirm("Erase everything that this subject's runs say, for good?", abort=True)
    _say("erased", _desk(config).erase(_request(**asked)))


@privacy.command("rectify")
@click.argument("validation_id")
@click.option("--description")
@click.option("--domain")
@_about_a_subject
def rectify(
    validation_id: str,
    description: str | None,
    domain: str | None,
    config: Path | None,
    **asked: str,
) -> None:
    """Correct the idea of one of the subject's runs; the next analysis reads it."""
    given = {"description": description, "domain": domain}
    corrections = {name: text for name, text in given.items() if text}
    if not corrections:
        raise click.UsageError("give a --description or a --domain")
    run = _desk(config).rectify(_request(**asked), validation_id, corrections)
    _say("corrected", [run.key.validation_id])


@privacy.command("restrict")
@click.option("--lift", is_flag=True, help="Go on with processing.")
@_about_a_subject
def restrict(lift: bool, config: Path | None, **asked: str) -> None:
    """Stop processing the subject's runs without deleting anything."""
    touched = _desk(config).restrict(_request(**asked), restricted=not lift)
    _say("no longer restricted" if lift else "restricted", touched)


@privacy.command("consent")
@click.option("--purpose", required=True)
@click.option("--given/--withdrawn", required=True)
@_about_a_subject
def consent(purpose: str, given: bool, config: Path | None, **asked: str) -> None:
    """Write down that consent was given or withdrawn."""
    recorded = _desk(config).record_consent(_request(**asked), purpose, given=given)
    click.echo(json.dumps(recorded))


@privacy.command("hold")
@click.argument("validation_id")
@click.option("--release", is_flag=True, help="End the hold.")
@_reason
@_tenant
@with_config
def hold(validation_id: str, release: bool, reason: str, tenant: str, config: Path | None) -> None:
    """Keep a run whatever else asks for its deletion (legal hold)."""
    store = build_store(read_settings(config).store)
    key = _find(RunRepository(store, SystemClock()), tenant, validation_id)
    holds = LegalHolds(store)
    if release:
        holds.release(key)
    elif reason:
        holds.place(key, reason, getuser(), rfc3339(SystemClock().now()))
    else:
        raise click.UsageError("a hold needs a --reason")
    click.echo(f"{validation_id} is {'released' if release else 'held'}")


def _find(repository: RunRepository, tenant: str, validation_id: str) -> RunKey:
    return repository.index.resolve(tenant, validation_id)


def _desk(config: Path | None) -> PrivacyDesk:
    settings, clock = read_settings(config), SystemClock()
    store = build_store(settings.store)
    repository = RunRepository(store, clock)
    repository.subscribe(build_handover(settings.redis, store, clock).forget)
    return PrivacyDesk(repository, settings.pseudonym_key, clock)


def _request(subject: str, tenant: str, reason: str) -> Request:
    origin: dict[str, Any] = {"user": getuser(), "host": gethostname()}
    return Request(tenant, subject, "operator", origin, reason)


def _say(what: str, validation_ids: list[str]) -> None:
    for validation_id in validation_ids:
        click.echo(f"{validation_id} is {what}")
