"""Makes the store that the settings name."""

from functools import partial

from smvm_common.encryption import DataKeys, KeyEncryptionKeys
from smvm_common.settings import StoreSettings
from smvm_common.store.base import ObjectStore
from smvm_common.store.directory import DirectoryStore
from smvm_common.store.encrypted import EncryptedStore
from smvm_common.store.s3 import S3Store
from smvm_common.store.s3_client import create_client


def build_store(settings: StoreSettings) -> ObjectStore:
    """The store; nothing is opened or connected until it is used."""
    plain = _build_plain(settings)
    if settings.encryption_keys_directory is None:
        return plain
    wrapping = KeyEncryptionKeys(settings.encryption_keys_directory)
    return EncryptedStore(plain, DataKeys(plain, wrapping))


def _build_plain(settings: StoreSettings) -> ObjectStore:
    if settings.kind == "s3":
        return S3Store(
            partial(create_client, settings),
            settings.bucket,
            settings.prefix,
            settings.server_side_encryption,
        )
    return DirectoryStore(settings.path)
