"""``python -m smvm_common.receiver``: print verified callbacks as JSON lines until interrupted.

Reads SMVM_WEBHOOK_SECRET and SMVM_CALLBACK_API_KEY from the environment.
"""

import json
import os
import sys
import time

import click

from smvm_common.client.verification import Callback, CallbackVerifier
from smvm_common.receiver.receiver import CallbackReceiver


def _print(callback: Callback) -> None:
    line = {"webhook_id": callback.webhook_id, "kind": callback.kind, **callback.payload}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9000, show_default=True)
def main(port: int) -> None:
    """Receive SMVM's callbacks on loopback and print them."""
    try:
        secret = os.environ["SMVM_WEBHOOK_SECRET"]
        verifier = CallbackVerifier(secret, os.environ["SMVM_CALLBACK_API_KEY"])
    except KeyError as error:
        raise click.ClickException(f"the environment variable {error} is not set") from error
    with CallbackReceiver(verifier, port, _print) as receiver:
        click.echo(f"listening on {receiver.url}", err=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
