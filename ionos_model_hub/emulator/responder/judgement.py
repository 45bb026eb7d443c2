"""Judgement of an answer by the words that it shares with other texts."""

import re
from dataclasses import dataclass

from ionos_model_hub.emulator.text import stems

PASSING_SCORE = 0.6
_SHORT_ANSWER = 3  # words; shorter answers need not repeat words of the question
_TIE = 0.1
_INSTRUCTION_WORDS = re.compile(
    r"\b(?:answer|response|contain|include|mention|must|name|state)s?\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Case:
    """An answer to judge, with the texts that are given; empty if they are not.

    Attributes:
        query: Question of the user.
        answer: Answer to judge.
        reference: Correct answer.
        context: Facts that the answer must agree with.
        guidelines: Requirements for the answer.
    """

    query: str = ""
    answer: str = ""
    reference: str = ""
    context: str = ""
    guidelines: str = ""

    @property
    def score(self) -> float:
        """How well the answer fits, between 0 and 1.

        It is compared with the guidelines, the reference or the context, whichever is given
        first, otherwise with the query. Without an answer, the context is compared with the query.
        """
        if not self.answer:
            return coverage(self.query, self.context)
        if self.guidelines:
            return coverage(_INSTRUCTION_WORDS.sub(" ", self.guidelines), self.answer)
        if self.reference:
            return coverage(self.reference, self.answer)
        if self.context:
            return coverage(self.answer, self.context)
        return _relevance(self.query, self.answer)

    @property
    def passes(self) -> bool:
        """Whether the score is high enough."""
        return self.score >= PASSING_SCORE


def coverage(text: str, other: str) -> float:
    """Return the share of the words of a text that another text contains."""
    needed = stems(text)
    return len(needed & stems(other)) / len(needed) if needed else 0.0


def compare(first: Case, second: Case) -> str:
    """Return `A` if the first answer is better, `B` if the second is, `C` for a tie."""
    difference = first.score - second.score
    if abs(difference) < _TIE:
        return "C"
    return "A" if difference > 0 else "B"


def _relevance(query: str, answer: str) -> float:
    shared = coverage(query, answer)
    is_short = len(answer.split()) <= _SHORT_ANSWER
    return max(shared, PASSING_SCORE) if shared or is_short else 0.0
