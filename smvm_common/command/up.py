"""``smvm up``: the whole stack, kept running."""

import sys
from pathlib import Path
from threading import Thread

import click

from smvm_common.command.stack import Stack, prepared, supervise, wait_until_ready
from smvm_common.embedded.ports import accepts
from smvm_common.errors import SmvmError


@click.command()
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
    "--port",
    type=click.IntRange(1, 65535),
    default=8080,
    show_default=True,
    help="Where the API listens, on loopback.",
)
def up(store: str, directory: Path, port: int) -> None:
    """Start Redis, the API, workers, beat and a receiver; Ctrl-C ends them all."""
    if accepts(port):
        raise click.ClickException(f"port {port} is taken; choose another with --port")
    try:
        with prepared(directory, store, port) as stack:
            Thread(target=_greet, args=(stack,), daemon=True).start()
            code = supervise(stack, None, sys.stdout)
    except SmvmError as error:
        raise click.ClickException(error.detail) from error
    sys.exit(code)


def _greet(stack: Stack) -> None:
    try:
        wait_until_ready(stack)
    except SmvmError as error:
        click.echo(error.detail, err=True)
        return
    token = stack.issue_token()
    click.secho(f"\nSMVM is ready at {stack.url}", fg="green", bold=True)
    click.echo(f"  documentation  {stack.url}/docs/")
    click.echo(f"  metrics        {stack.url}/metrics")
    click.echo(f"  settings       {stack.state.settings_file}")
    click.echo(f"  callbacks to   http://127.0.0.1:{stack.receiver_port}")
    click.echo(f"  token          {token}\n")
