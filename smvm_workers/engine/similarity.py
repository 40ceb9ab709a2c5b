"""How alike short texts are: a small offline embedding, or shared letters where it cannot load."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import wordllama
from numpy.typing import NDArray

from smvm_workers.engine.lexical import lexical_vectors

Vectors = NDArray[np.float32]

_DIMENSIONS = 256
EMBEDDING = "wordllama, 256 dimensions"
LETTERS = "character TF-IDF"


def embed(texts: Sequence[str]) -> Vectors:
    """Unit vectors, shape (texts, dimensions); a text without known words is a zero vector."""
    _, vectorise = _method()
    return _unit(vectorise([_encodable(text) for text in texts]))


def similarities(text: str, candidates: Vectors) -> NDArray[np.float64]:
    """Cosine of one text with each candidate vector, in −1 to 1, rounded to six places so that a
    tie is a tie on every machine."""
    cosines: NDArray[np.float64] = (candidates @ embed([text])[0]).astype(np.float64)
    return np.round(cosines, 6)


def similarity_method() -> str:
    """What the likeness of texts rests on in this process."""
    return _method()[0]


@cache
def _method() -> tuple[str, Callable[[Sequence[str]], Vectors]]:
    try:
        model = _load_model()
    except (OSError, ValueError):
        # the wheel's model file is missing or broken, and nothing may be downloaded
        return LETTERS, lexical_vectors
    return EMBEDDING, lambda texts: np.asarray(model.embed(list(texts)), dtype=np.float32)


def _load_model() -> Any:
    """The model that the package wordllama carries."""
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(dim=_DIMENSIONS, cache_dir=folder, disable_download=True)


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit


def _encodable(text: str) -> str:
    """Without lone surrogates, which JSON may carry and no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
