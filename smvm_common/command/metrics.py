"""``smvm metrics``: the workers' metrics, where no API process shares their directory."""

import os
from pathlib import Path
from threading import Event

import click
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

_DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9808,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
def metrics(host: str, port: int) -> None:
    """Serve the metrics that processes leave in PROMETHEUS_MULTIPROC_DIR, until interrupted."""
    directory = os.environ.get(_DIRECTORY_VARIABLE)
    if not directory or not Path(directory).is_dir():
        raise click.ClickException(
            f"set {_DIRECTORY_VARIABLE} to the directory the workers use; {directory!r} is none"
        )
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    try:
        server, _ = start_http_server(port, host, registry)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port} ({error.strerror}); choose with --host and --port"
        ) from error
    click.echo(f"metrics at http://{host}:{server.server_port}/metrics")
    Event().wait()
