"""Deterministic embedding vectors: texts with common words have similar vectors."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from math import sqrt
from zlib import crc32

from ionos_model_hub.emulator.text import STOP_WORDS, stem, words


def embed_text(text: str, dimensions: int) -> list[float]:
    """Return a vector of length one, rounded to six decimal places."""
    vector = [0.0] * dimensions
    for index, weight in sparse_vector(text, dimensions).items():
        vector[index] = round(weight, 6)
    return vector


def sparse_vector(text: str, dimensions: int) -> Mapping[int, float]:
    """Return the non-zero components of a text's vector; component 0 is one of them."""
    sums: dict[int, float] = defaultdict(float, {0: 0.2})
    for word in words(text):
        for number, weight in _word_features(word):
            sums[number % dimensions] += weight
    length = sqrt(sum(weight * weight for weight in sums.values()))
    return {index: weight / length for index, weight in sums.items()}


def cosine_similarity(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return the similarity of two sparse vectors, from 0 to 1."""
    product = sum(weight * other.get(index, 0.0) for index, weight in one.items())
    return max(0.0, min(1.0, product))


@lru_cache(maxsize=65_536)
def _word_features(word: str) -> tuple[tuple[int, float], ...]:
    """Return hashes and weights of a word's stem and of its groups of three letters."""
    if word in STOP_WORDS:
        return ((crc32(word.encode()), 0.05),)
    padded = f"<{word}>"
    trigrams = {padded[at : at + 3] for at in range(len(padded) - 2)}
    weight = 0.6 / sqrt(len(trigrams))
    return (
        (crc32(stem(word).encode()), 1.0),
        *((crc32(trigram.encode()), weight) for trigram in sorted(trigrams)),
    )
