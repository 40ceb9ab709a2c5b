"""``python -m smvm_common.receiver``: print verified callbacks as JSON lines until interrupted.

Reads SMVM_WEBHOOK_SECRET and SMVM_CALLBACK_API_KEY from the environment.
"""

import json
import os
import time
from typing import TextIO

import click

from smvm_common.client.verification import Callback, CallbackVerifier
from smvm_common.receiver.receiver import CallbackReceiver


def _line(callback: Callback) -> str:
    fields = {"webhook_id": callback.webhook_id, "kind": callback.kind, **callback.payload}
    return json.dumps(fields, ensure_ascii=False) + "\n"


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9000, show_default=True)
@click.option(
    "--output",
    type=click.File("a", encoding="utf-8", lazy=False),
    default="-",
    help="Where to write them; standard output by default.",
)
def main(port: int, output: TextIO) -> None:
    """Receive SMVM's callbacks on loopback and print them."""

    def write(callback: Callback) -> None:
        output.write(_line(callback))
        output.flush()

    try:
        secret = os.environ["SMVM_WEBHOOK_SECRET"]
        verifier = CallbackVerifier(secret, os.environ["SMVM_CALLBACK_API_KEY"])
    except KeyError as error:
        raise click.ClickException(f"the environment variable {error} is not set") from error
    with CallbackReceiver(verifier, port, write) as receiver:
        click.echo(f"listening on {receiver.url}", err=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
