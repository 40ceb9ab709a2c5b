"""Walks a directory store's tree in the order of its keys."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from smvm_common.store.directory_files import INTERNAL


def keys_below(root: Path, prefix: str, start_after: str) -> Iterator[str]:
    """Yield keys in the order of their UTF-8 bytes, reading only the folders that can match.

    Raises ``OSError`` where a folder cannot be read.
    """
    return _walk(root, "", prefix, start_after)


def _walk(folder: Path, base: str, prefix: str, start_after: str) -> Iterator[str]:
    for name, is_folder in _entries(folder):
        key = base + name
        if is_folder:
            matches = key.startswith(prefix) or prefix.startswith(key)
            passed = start_after.encode() > key.encode() and not start_after.startswith(key)
            if matches and not passed:
                yield from _walk(folder / name, key, prefix, start_after)
        elif key.startswith(prefix) and key.encode() > start_after.encode():
            yield key


def _entries(folder: Path) -> Sequence[tuple[str, bool]]:
    """Names with their kind. A folder sorts as its name with a slash, where its keys begin."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name + "/" * entry.is_dir(), entry.is_dir()) for entry in entries]
    except FileNotFoundError:
        return []
    visible = [entry for entry in found if entry[0] != f"{INTERNAL}/"]
    return sorted(visible, key=lambda entry: entry[0].encode())
