import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smvm_workers.engine.lexical import lexical_vectors


def _cosine(left: str, right: str) -> float:
    a, b = lexical_vectors([left, right]).astype(float)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def test_shape_and_determinism() -> None:
    texts = ["meal kits by post", "tax software"]
    vectors = lexical_vectors(texts)
    assert vectors.shape == (2, 4096)
    assert np.array_equal(vectors, lexical_vectors(texts))


def test_a_text_is_like_itself_whatever_its_case_and_order() -> None:
    assert abs(_cosine("Meal kits by post", "post BY kits meal") - 1) < 1e-6


def test_inflected_words_are_alike_and_other_words_are_not() -> None:
    assert _cosine("bookkeeping for bakeries", "bookkeeper of a bakery") > 0.4
    assert _cosine("bookkeeping for bakeries", "satellite launches") < 0.15


def test_rare_letters_count_more_than_common_ones() -> None:
    """Both share one word with the query; “telemedicine” says more than “and”."""
    query = "telemedicine and more"
    assert _cosine(query, "telemedicine now") > _cosine(query, "and now")


@given(st.text(max_size=100))
def test_vectors_are_finite_and_without_letters_zero(text: str) -> None:
    (vector,) = lexical_vectors([text])
    assert np.isfinite(vector).all()
    assert not lexical_vectors(["", "!?"]).any()
