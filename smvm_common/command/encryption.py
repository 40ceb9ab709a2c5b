"""``smvm encryption``: the keys under which what is stored is encrypted."""

from collections import Counter
from pathlib import Path

import click

from smvm_common.command.sources import read_settings, with_config
from smvm_common.encryption import DataKeys, create_encryption_key
from smvm_common.errors import ConfigurationError
from smvm_common.settings import Settings
from smvm_common.store.encrypted import EncryptedStore
from smvm_common.store.factory import build_store


@click.group()
def encryption() -> None:
    """Encryption at rest: make, rotate and count keys."""


@encryption.command("init")
@with_config
def init(config: Path | None) -> None:
    """Make a key-encryption key. Keep it apart from the store's backups: without it nothing in them can
    be read, and nothing replaces it."""
    directory = _directory(read_settings(config))
    click.echo(f"key {create_encryption_key(directory)} in {directory}")


@encryption.command("rotate")
@with_config
def rotate(config: Path | None) -> None:
    """Make a new key-encryption key and wrap every data key with it; the data is not written anew."""
    settings = read_settings(config)
    created = create_encryption_key(_directory(settings))
    wrapped = _data_keys(settings).rewrap()
    click.echo(f"{wrapped} data keys are wrapped by the new key {created}; the old may be put away")


@encryption.command("status")
@with_config
def status(config: Path | None) -> None:
    """Count the data keys by the key that wraps them."""
    for key_id, count in sorted(Counter(_data_keys(read_settings(config)).wrapped_by()).items()):
        click.echo(f"{key_id}  {count}")


def _directory(settings: Settings) -> Path:
    directory = settings.store.encryption_keys_directory
    if directory is None:
        raise ConfigurationError("store.encryption_keys_directory is not set")
    return directory


def _data_keys(settings: Settings) -> DataKeys:
    _directory(settings)
    store = build_store(settings.store)
    if not isinstance(store, EncryptedStore):
        raise ConfigurationError("the store is not encrypted")
    return store.keys
