"""Both methods: the embedding of the package, and letters where its file is broken or missing."""

import numpy as np
import pytest

from smvm_workers.engine import similarity

_QUERY = "budgeting app for households"
_NEAR, _FAR = "household budget planner", "autonomous underwater welding"


@pytest.fixture(params=["embedding", "letters"])
def method(request: pytest.FixtureRequest) -> str:
    if request.param == "letters":
        request.getfixturevalue("letters_only")
    return str(request.param)


def test_the_method_is_told(method: str) -> None:
    expected = similarity.EMBEDDING if method == "embedding" else similarity.LETTERS
    assert similarity.similarity_method() == expected


def test_near_texts_are_nearer_than_far_ones(method: str) -> None:
    near, far = similarity.similarities(_QUERY, similarity.embed([_NEAR, _FAR]))
    assert -1 <= far < near - 0.2 <= 1


def test_vectors_have_unit_length_and_nothing_is_a_zero_vector(method: str) -> None:
    lengths = np.linalg.norm(similarity.embed([_QUERY, _NEAR]), axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)
    assert similarity.similarities("", similarity.embed([_NEAR]))[0] == pytest.approx(0, abs=1e-6)


def test_the_same_text_gives_the_same_figure(method: str) -> None:
    candidates = similarity.embed([_NEAR, _FAR])
    first = similarity.similarities(_QUERY, candidates)
    assert np.array_equal(first, similarity.similarities(_QUERY, candidates))
    assert np.array_equal(first, np.round(first, 6))


def test_lone_surrogates_are_taken(method: str) -> None:
    assert np.isfinite(similarity.embed(["budget \ud800 app"])).all()
