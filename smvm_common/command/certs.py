"""``smvm certs``: a development authority and certificates for mutual TLS."""

import re
from datetime import timedelta
from pathlib import Path

import click

from smvm_common.certificates import (
    CertificateFiles,
    create_authority,
    issue_client,
    issue_server,
    read_thumbprint,
)
from smvm_common.clock import SystemClock
from smvm_common.command.durations import Lifetime

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

with_directory = click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".smvm/certs"),
    show_default=True,
)


@click.group()
def certs() -> None:
    """Certificates for mutual TLS in development; production has an authority of its own."""


@certs.command("init")
@with_directory
@click.option("--expires", type=Lifetime(), default="1825d", show_default=True, help="From now.")
def init(directory: Path, expires: timedelta) -> None:
    """Make an authority."""
    _say(create_authority(directory, SystemClock().now(), expires))


@certs.command("server")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    default=("localhost", "127.0.0.1"),
    show_default=True,
    help="A name or an address; may be given several times.",
)
@click.option("--name", default="server", show_default=True, help="Of the files.")
@click.option("--expires", type=Lifetime(), default="90d", show_default=True, help="From now.")
@with_directory
def server(hosts: tuple[str, ...], name: str, expires: timedelta, directory: Path) -> None:
    """Sign a server's certificate."""
    _say(issue_server(directory, _checked(name), hosts, SystemClock().now(), expires))


@certs.command("client")
@click.argument("name")
@click.option("--expires", type=Lifetime(), default="90d", show_default=True, help="From now.")
@with_directory
def client(name: str, expires: timedelta, directory: Path) -> None:
    """Sign a client's certificate, and show the thumbprint to which tokens may be bound."""
    files = issue_client(directory, _checked(name), SystemClock().now(), expires)
    _say(files)
    click.echo(f"thumbprint {read_thumbprint(files.certificate)}")


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise click.BadParameter(f"{name!r} is not made of a to z, 0 to 9 and -")
    return name


def _say(files: CertificateFiles) -> None:
    click.echo(f"{files.certificate} and {files.key}")
