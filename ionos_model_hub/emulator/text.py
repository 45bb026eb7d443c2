"""Words, tokens, sentences and numbers of a text."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# A special token, or a word piece of at most five letters, up to three digits, one other
# character, or a run of whitespace: about four bytes of English prose, like the tokens of the
# served models.
_SPECIAL = r"<\|\w+\|>|</?think>|</?tool_call>|\[TOOL_CALLS\]|\[ARGS\]"
_LETTERS = r"A-Za-z\u00c0-\u024f\u0370-\u052f"
_TOKEN = re.compile(
    rf"{_SPECIAL}| ?[{_LETTERS}]{{1,5}}| ?[0-9]{{1,3}}| ?(?!{_SPECIAL})[^\s{_LETTERS}0-9]|\s+"
)
_WORD = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?")
_CAMEL_CASE_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MAX_DIGITS = 9
_SENTENCE = re.compile(r"[^\n]*?[.!?](?=\s|$)|[^\n]+")


PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)
"""Errors that `json` and `ast` raise for texts that they cannot parse."""


def digest(*parts: Any) -> str:
    """Return 64 hex digits that depend on all parts, which must be JSON values."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def common_prefix(one: str, other: str) -> str:
    """Return the start that two texts have in common."""
    pairs = enumerate(zip(one, other, strict=False))
    length = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    return one[:length]


def parse_number(text: str) -> int | None:
    """Return a number of at most nine ASCII digits, or None for other texts.

    Example:
        >>> parse_number("12"), parse_number("-1")
        (12, None)
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return int(text) if is_number else None


def tokens(text: str) -> list[str]:
    """Split a text into token-sized pieces, which joined give the text."""
    return _TOKEN.findall(text)


def count_tokens(text: str) -> int:
    """Estimate the number of tokens of a text: about one for every four bytes."""
    return len(tokens(text))


def words(text: str) -> list[str]:
    """Return the lower-case words and numbers of a text or identifier."""
    return [word.lower() for word in _WORD.findall(_CAMEL_CASE_BOUNDARY.sub(" ", text))]


STOP_WORDS = frozenset(
    words("""
        a about above after again all also am an and any are as at be been before being but by
        can could did do does doing for from get give had has have having he hello her here hi him
        his how i if in into is it its just let me my no not of on only or other our out please s
        shall she should show so some such t tell than that the their them then there these they
        this those to too use uses using very want was we were what when where which while who
        whom whose why will with would you your
    """)
)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the part of a word that its inflected forms share."""
    for suffix in ("ing", "ed", "er", "es", "s"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)][:6]
    return word[:6]


def stems(text: str) -> set[str]:
    """Return the stems of the words that carry meaning."""
    return {stem(word) for word in words(text) if word not in STOP_WORDS}


def sentences(text: str) -> list[str]:
    """Split a text at newlines and after the punctuation that ends sentences."""
    return [part.strip() for part in _SENTENCE.findall(text) if part.strip()]


def most_relevant(question: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that shares most words with the question, or None if none does."""
    question_stems = stems(question)
    best, best_score = None, 0.0
    for candidate in candidates:
        candidate_stems = stems(candidate)
        has_new_words = bool(candidate_stems - question_stems)
        shared = len(question_stems & candidate_stems)
        score = shared / (1 + len(candidate_stems)) ** 0.25 if has_new_words else 0.0
        if score > best_score:
            best, best_score = candidate, score
    return best


def topic(text: str) -> str:
    """Return the last meaningful words of a text, at most eight."""
    meaningful = [word for word in words(text) if word not in STOP_WORDS]
    return " ".join(meaningful[-8:])
