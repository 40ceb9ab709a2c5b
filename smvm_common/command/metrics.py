"""``smvm metrics``: the workers' metrics, where no API process shares their directory."""

import os
from threading import Event

import click
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

_DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=9808, show_default=True)
def metrics(host: str, port: int) -> None:
    """Serve the metrics that processes leave in PROMETHEUS_MULTIPROC_DIR, until interrupted."""
    if _DIRECTORY_VARIABLE not in os.environ:
        raise click.ClickException(f"set {_DIRECTORY_VARIABLE} to the directory the workers use")
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    server, _ = start_http_server(port, host, registry)
    click.echo(f"metrics at http://{host}:{server.server_port}/metrics")
    Event().wait()
