"""``smvm maintenance``: close and open SMVM for new work by hand."""

from datetime import timedelta
from pathlib import Path

import click

from smvm_common.clock import SystemClock
from smvm_common.command.sources import read_settings, with_config
from smvm_common.maintenance import MaintenanceSwitch
from smvm_common.store.factory import build_store


@click.group()
@with_config
@click.pass_context
def maintenance(context: click.Context, config: Path | None) -> None:
    """Close SMVM for new work; reads go on."""
    settings = read_settings(config)
    store = build_store(settings.store)
    context.obj = MaintenanceSwitch(settings.maintenance, store, SystemClock())


@maintenance.command("on")
@click.option("--minutes", type=click.IntRange(1), default=60, show_default=True)
@click.option("--reason", default="", help="Kept with the switch.")
@click.pass_obj
def close(switch: MaintenanceSwitch, minutes: int, reason: str) -> None:
    """Answer writes with 503 for some time; takes effect within five seconds."""
    until = SystemClock().now() + timedelta(minutes=minutes)
    switch.close(until, reason)
    click.echo(f"closed until {until:%Y-%m-%d %H:%M:%S} UTC")


@maintenance.command("off")
@click.pass_obj
def reopen(switch: MaintenanceSwitch) -> None:
    """Take writes again."""
    switch.open()
    click.echo("open")


@maintenance.command("status")
@click.pass_obj
def status(switch: MaintenanceSwitch) -> None:
    """Say whether SMVM takes new work."""
    left = switch.closed_for()
    click.echo(
        "open" if left is None else f"closed for {left.total_seconds() / 60:.0f} minutes more"
    )
