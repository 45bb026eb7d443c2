"""Sensible short answers to a conversation."""

import re

from ionos_model_hub.emulator.responder.conversation import Conversation
from ionos_model_hub.emulator.responder.text import digest, most_relevant, sentences, stems, topic
from ionos_model_hub.emulator.responder.vision import describe

_ECHO = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|output|print|write|return)\b[^\n:\"'.]{0,40}?"
    r"(?:\b(?:exactly|only|just|after me|with|the words?)\b\s*:?\s*|:\s*)"
    r"(?:\"([^\"]+)\"|'([^']+)'|(\S.{0,200}?))[.!]?\s*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hello|hi|hey|hallo|moin|good (?:morning|day|evening))\b", re.IGNORECASE
)
_ASKED = re.compile(r"(?:query|question|follow up (?:message|input))\s*:\s*([^\n]+)", re.IGNORECASE)
_SUM = re.compile(r"(-?\d+(?:\.\d+)?)\s*([-+*/])\s*(-?\d+(?:\.\d+)?)")
_HANDOVER = re.compile(r"handoff|hand_off|transfer_to")
_OPENINGS = (
    "Here is a short answer about {0}.",
    "Let me tell you about {0}.",
    "This is what there is to say about {0}.",
    "A few words about {0}.",
)
_CLOSING = "You asked: {0} The emulator answers in place of a model, always in the same way."


def reply(conversation: Conversation, seed: int, index: int) -> str:
    """Return the answer to a conversation; `index` varies it among choices."""
    if conversation.results:
        return _report(conversation)
    if conversation.images:
        seen = " ".join(describe(url) for url in conversation.images)
        return f"{seen} You asked: {conversation.question}".strip()
    echo = _ECHO.search(conversation.question)
    if echo and "\n" not in conversation.question:
        return str(next(filter(None, echo.groups())))
    return (
        _greeting(conversation.question)
        or _recall(conversation)
        or _calculate(conversation.question)
        or _talk(conversation.question, seed, index)
    )


def continuation(prompt: str, seed: int, index: int) -> str:
    """Return how a text goes on."""
    alone = Conversation(prompt, "", (), (), (), ())
    return " " + (_recall(alone) or _calculate(prompt) or _talk(prompt, seed, index))


def _report(conversation: Conversation) -> str:
    told = [(name, text) for name, text in conversation.results if not _HANDOVER.match(name)]
    found = "\n".join(f"{name}: {text}" for name, text in told or conversation.results)
    return f"Here is what I found.\n{found}"


def _greeting(question: str) -> str | None:
    if _GREETING.match(question) and len(stems(question)) <= 3:
        return "Hello! How can I help you today?"
    return None


def _recall(conversation: Conversation) -> str | None:
    """Answer with the sentence of the context or of earlier messages that fits the question."""
    lines = sentences(conversation.question)
    if not lines:
        return None
    asked = _ASKED.findall(conversation.question)
    question = asked[-1] if asked else lines[-1]
    context = [line for line in lines if question not in line]
    told = [
        line for text in (conversation.system, *conversation.earlier) for line in sentences(text)
    ]
    if asked or question.endswith("?"):
        return most_relevant(
            question, [*context, *(line for line in told if not line.endswith("?"))]
        )
    return None


def _calculate(question: str) -> str | None:
    found = _SUM.search(question)
    if found is None:
        return None
    one, operator, other = float(found[1]), found[2], float(found[3])
    if operator == "/" and other == 0:
        return "A division by zero has no result."
    result = {"+": one + other, "-": one - other, "*": one * other}.get(operator)
    value = one / other if result is None else result
    return f"{found[0]} = {value:.10g}"


def _talk(question: str, seed: int, index: int) -> str:
    subject = topic(question) or "this"
    start = int(digest(seed, question)[:8], 16) + index
    opening = _OPENINGS[start % len(_OPENINGS)].format(subject)
    asked = sentences(question)[-1:] or [""]
    said = asked[0] if asked[0][-1:] in (".", "!", "?") else f"{asked[0]}."
    return f"{opening} {_CLOSING.format(said)}"
