"""How long a text is for a model, as far as that can be told without its tokeniser."""

import re

# Letters of the Latin alphabet come about four to a token, those of other alphabets about two.
# Digits, signs and ideographs are counted one by one: rather too many than too few.
_LATIN = r"A-Za-z\u00c0-\u024f"
_OTHER = r"\u0250-\u1fff"
_UNIT = re.compile(rf"[{_LATIN}]{{1,4}}|[{_OTHER}]{{1,2}}|[^\s{_LATIN}{_OTHER}]|\s+")
_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"[.!?]\s+|[\u3002\uff01\uff1f]"), re.compile(r"\s"))
_SPECIAL_TOKENS = 2
_SHARE = 0.75
"""How much of a model's limit a part of a split text may fill by the estimate."""


def estimate_tokens(text: str) -> int:
    """Estimate how many tokens a text has; no tokeniser is at hand, so this is rough.

    Example:
        >>> estimate_tokens("A berth costs two euros a metre.")
        14
    """
    return sum(1 for unit in _UNIT.finditer(text) if not unit[0].isspace()) + _SPECIAL_TOKENS


def surely_fits(text: str, limit: int) -> bool:
    """Tell whether a text is within a limit with every tokeniser: no token is below one byte."""
    return 4 * len(text) + _SPECIAL_TOKENS <= limit or (
        len(text.encode()) + _SPECIAL_TOKENS <= limit
    )


def probably_fits(text: str, limit: int) -> bool:
    """Tell whether a text is within a limit by the estimate."""
    return surely_fits(text, limit) or estimate_tokens(text) <= limit


def split(text: str, limit: int) -> list[str]:
    """Cut a text into parts that fit a limit; joined they are the text again.

    The cut comes after a paragraph, else a sentence, else a word, in the second half of what
    fits, and anywhere where there is none.

    Args:
        text: The text.
        limit: Tokens the model takes; a text that reaches three quarters of it is cut.

    Example:
        >>> split("One two. Three four. Five six.", 12)
        ['One two. Three four. ', 'Five six.']
    """
    if surely_fits(text, limit):
        return [text]
    budget = max(1, int(limit * _SHARE) - _SPECIAL_TOKENS)
    parts: list[str] = []
    start = 0
    while start < len(text):
        end = _end_of_budget(text, start, budget)
        if end < len(text):
            end = _cut(text, start, end)
        parts.append(text[start:end])
        start = end
    return _without_blank(parts)


def _end_of_budget(text: str, start: int, budget: int) -> int:
    """Return where the units that fit end."""
    for unit in _UNIT.finditer(text, start):
        budget -= not unit[0].isspace()
        if budget < 0:
            return unit.start()
    return len(text)


def _cut(text: str, start: int, end: int) -> int:
    middle = (start + end) // 2
    for boundary in _ENDS:
        ends = [found.end() for found in boundary.finditer(text, middle, end)]
        if ends:
            return ends[-1]
    return end


def _without_blank(parts: list[str]) -> list[str]:
    """Join parts of white space alone to the part before them, or behind where there is none."""
    kept: list[str] = []
    for part in parts:
        if kept and (part.isspace() or kept[-1].isspace()):
            kept[-1] += part
        else:
            kept.append(part)
    return kept
