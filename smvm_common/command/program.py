"""The command group that turns SMVM's own errors into one readable sentence."""

from typing import Any

import click

from smvm_common.client import ClientError
from smvm_common.errors import SmvmError
from smvm_common.logging import configure_logging
from smvm_common.settings import FeatureFlags, LoggingSettings

_QUIET = LoggingSettings("WARNING")


class Program(click.Group):
    """Exits with 1 for SMVM's own errors; any other keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        # what a command says is on standard output; logs go to standard error, and only warnings do
        configure_logging(_QUIET, FeatureFlags())
        try:
            return super().invoke(ctx)
        except SmvmError as error:
            raise click.ClickException(error.detail) from error
        except ClientError as error:
            raise click.ClickException(str(error)) from error
