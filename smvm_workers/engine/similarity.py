"""How alike short texts are: a small offline embedding, the same on every machine."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import wordllama
from numpy.typing import NDArray

_DIMENSIONS = 256


@cache
def _model() -> "wordllama.WordLlamaInference":
    """The model that the package wordllama carries; nothing is downloaded."""
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(dim=_DIMENSIONS, cache_dir=folder, disable_download=True)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors, shape (texts, 256); a text without known words is a zero vector."""
    vectors = np.asarray(_model().embed(list(texts)), dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(
        vectors, norms, out=np.zeros_like(vectors), where=norms > 0
    )
    return unit


def similarities(text: str, candidates: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of one text with each candidate vector, in −1 to 1, rounded to six places so that a
    tie is a tie on every machine."""
    cosines: NDArray[np.float64] = (candidates @ embed([text])[0]).astype(np.float64)
    return np.round(cosines, 6)
