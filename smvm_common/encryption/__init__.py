"""Encryption at rest by envelope keys: a data key for each run, wrapped by a key-encryption key.

To erase a run's data its key is destroyed; what it encrypted, backups included, is then noise.
"""

from smvm_common.encryption.data_keys import DataKeys
from smvm_common.encryption.key_encryption_keys import (
    KeyEncryptionKeys,
    create_encryption_key,
)
from smvm_common.encryption.scopes import scope_of

__all__ = ["DataKeys", "KeyEncryptionKeys", "create_encryption_key", "scope_of"]
