"""The ``smvm`` command."""

import click

from smvm_common import __version__
from smvm_common.command.audit import audit
from smvm_common.command.certs import certs
from smvm_common.command.config import config
from smvm_common.command.demo import demo
from smvm_common.command.doctor import doctor
from smvm_common.command.encryption import encryption
from smvm_common.command.maintenance import maintenance
from smvm_common.command.metrics import metrics
from smvm_common.command.privacy import privacy
from smvm_common.command.program import Program
from smvm_common.command.retention import retention
from smvm_common.command.token import token
from smvm_common.command.up import up

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Program, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="smvm")
def main() -> None:
    """SMVM, the Synthetic Market Validation Module: is this business idea worth building?

    New here? `smvm demo` takes an idea from T0 to T32 on this machine in under a minute.
    """


_COMMANDS = (
    demo,
    up,
    doctor,
    token,
    certs,
    audit,
    privacy,
    retention,
    encryption,
    config,
    maintenance,
    metrics,
)
for command in _COMMANDS:
    main.add_command(command)

__all__ = ["main"]
