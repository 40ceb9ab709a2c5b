"""TF-IDF of character trigrams: how alike texts are by their letters alone, without a model."""

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from smvm_workers.engine.reference.tables import table

_BUCKETS = 4096
"""Trigrams are hashed: English uses some ten thousand, of which few share a bucket and a text."""


def lexical_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Weighted trigram counts, shape (texts, 4096); a text without letters is a zero vector."""
    weights = _rarity()
    vectors = np.zeros((len(texts), _BUCKETS), dtype=np.float32)
    for row, text in enumerate(texts):
        for bucket, count in _buckets(text).items():
            vectors[row, bucket] = (1 + math.log(count)) * weights[bucket]
    return vectors


@cache
def _rarity() -> NDArray[np.float64]:
    """Inverse document frequency per bucket, learnt from the packaged descriptions."""
    described = [row["description"] for row in table("companies")]
    described += [row["descriptor"] for row in table("domains")]
    seen = np.zeros(_BUCKETS)
    for text in described:
        seen[list(_buckets(text))] += 1
    return np.asarray(np.log((1 + len(described)) / (1 + seen)))


def _buckets(text: str) -> Counter[int]:
    words = re.findall(r"\w+", text.lower())
    trigrams = (f" {word} "[at : at + 3] for word in words for at in range(len(word)))
    return Counter(zlib.crc32(trigram.encode()) % _BUCKETS for trigram in trigrams)
