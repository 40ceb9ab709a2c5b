"""The engine without its embedding."""

from collections.abc import Iterator

import pytest

from smvm_workers.engine import field, likeness, similarity


def _forget_vectors() -> None:
    for cached in (similarity._method, field._domain_vectors, likeness._vectors):
        cached.cache_clear()


@pytest.fixture
def letters_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where the model's file is missing or broken: likeness rests on letters."""

    def broken() -> None:
        raise OSError("no model file")

    monkeypatch.setattr(similarity, "_load_model", broken)
    _forget_vectors()
    yield
    _forget_vectors()
