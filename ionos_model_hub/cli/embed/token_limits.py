"""Estimate the number of tokens of a text and split long texts, without the model's tokenizer."""

import re

# About four Latin letters make a token, and two letters of other alphabets. Digits, punctuation and
# ideographs are counted individually, so that the estimate tends to be too high.
_LATIN = r"A-Za-z\u00c0-\u024f"
_OTHER = r"\u0250-\u1fff"
_UNIT = re.compile(rf"[{_LATIN}]{{1,4}}|[{_OTHER}]{{1,2}}|[^\s{_LATIN}{_OTHER}]|\s+")
_BOUNDARIES = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?]\s+|[\u3002\uff01\uff1f]"),
    re.compile(r"\s"),
)
_SPECIAL_TOKENS = 2
_SPLIT_RATIO = 0.75
"""Estimated size of the parts of a split text, relative to the model's limit."""


def estimate_tokens(text: str) -> int:
    """Return a rough estimate of the number of tokens of a text.

    Example:
        >>> estimate_tokens("A berth costs two euros a metre.")
        14
    """
    return sum(1 for unit in _UNIT.finditer(text) if not unit[0].isspace()) + _SPECIAL_TOKENS


def surely_fits(text: str, limit: int) -> bool:
    """Return whether a text fits with every tokenizer, because a token has at least one byte."""
    return 4 * len(text) + _SPECIAL_TOKENS <= limit or (
        len(text.encode()) + _SPECIAL_TOKENS <= limit
    )


def probably_fits(text: str, limit: int) -> bool:
    """Return whether a text fits according to the estimate."""
    return surely_fits(text, limit) or estimate_tokens(text) <= limit


def split(text: str, limit: int) -> list[str]:
    """Split a text into parts that fit; joined, they are the original text.

    A part ends after a paragraph, else a sentence, else a word, if there is one in the second half
    of the part. Otherwise it ends anywhere.

    Args:
        text: The text.
        limit: Maximum number of tokens. Parts have about three quarters of it.

    Example:
        >>> split("One two. Three four. Five six.", 12)
        ['One two. Three four. ', 'Five six.']
    """
    if surely_fits(text, limit):
        return [text]
    budget = max(1, int(limit * _SPLIT_RATIO) - _SPECIAL_TOKENS)
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _end_of_budget(text, start, budget)
        if end < len(text):
            end = _boundary(text, start, end)
        parts.append(text[start:end])
        start = end
    return _join_blank(parts)


def _end_of_budget(text: str, start: int, budget: int) -> int:
    """Return the position after the last unit that fits."""
    for unit in _UNIT.finditer(text, start):
        budget -= not unit[0].isspace()
        if budget < 0:
            return unit.start()
    return len(text)


def _boundary(text: str, start: int, end: int) -> int:
    """Return the best position to end a part that may extend from `start` to `end`."""
    middle = (start + end) // 2
    for boundary in _BOUNDARIES:
        ends = [match.end() for match in boundary.finditer(text, middle, end)]
        if ends:
            return ends[-1]
    return end


def _join_blank(parts: list[str]) -> list[str]:
    """Join parts that are only whitespace to the part before, or to the next if there is none."""
    joined: list[str] = []
    for part in parts:
        if joined and (part.isspace() or joined[-1].isspace()):
            joined[-1] += part
        else:
            joined.append(part)
    return joined
