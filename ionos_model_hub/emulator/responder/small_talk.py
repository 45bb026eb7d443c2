"""Short plausible texts in response to a conversation."""

import re

from ionos_model_hub.emulator.responder.conversation import Conversation
from ionos_model_hub.emulator.responder.vision import describe_image
from ionos_model_hub.emulator.text import digest, most_relevant, sentences, stems, topic

_ECHO = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|output|print|write|return)\b[^\n:\"'.]{0,40}?"
    r"(?:\b(?:exactly|only|just|after me|with|the words?)\b\s*:?\s*|:\s*)"
    r"(?:\"([^\"]+)\"|'([^']+)'|(\S.{0,200}?))[.!]?\s*$",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hello|hi|hey|hallo|moin|good (?:morning|day|evening))\b", re.IGNORECASE
)
_LABELLED_QUESTION = re.compile(
    r"(?:query|question|follow up (?:message|input))\s*:\s*([^\n]+)", re.IGNORECASE
)
_CALCULATION = re.compile(r"(-?\d+(?:\.\d+)?)\s*([-+*/])\s*(-?\d+(?:\.\d+)?)")
_HANDOFF_TOOL = re.compile(r"handoff|hand_off|handover|delegate_to|transfer_(?:back_)?to")
_HANDOFF_NOTICE = re.compile(r"^(?:Successfully transferred|Transferring) ")
_OPENINGS = (
    "Here is a short answer about {0}.",
    "Let me tell you about {0}.",
    "This is what there is to say about {0}.",
    "A few words about {0}.",
)
_CLOSING = "You asked: {0} The emulator answers in place of a model, always in the same way."


def reply_text(conversation: Conversation, seed: int, index: int) -> str:
    """Return the response to a conversation; `index` varies it among choices."""
    if conversation.results:
        return _summarise_results(conversation)
    if conversation.images:
        descriptions = " ".join(map(describe_image, conversation.images))
        return f"{descriptions} You asked: {conversation.question}".strip()
    echo = _ECHO.search(conversation.question)
    if echo and "\n" not in conversation.question:
        return str(next(filter(None, echo.groups())))
    return (
        _greeting(conversation.question)
        or _recall(conversation)
        or _calculate(conversation.question)
        or _small_talk(conversation.question, seed, index)
    )


def continuation(prompt: str, seed: int, index: int) -> str:
    """Return a continuation of a text; `index` varies it among choices."""
    conversation = Conversation(prompt, "", (), (), (), ())
    text = _recall(conversation) or _calculate(prompt) or _small_talk(prompt, seed, index)
    return " " + text


def _summarise_results(conversation: Conversation) -> str:
    informative = [
        (name, text) for name, text in conversation.results if not _HANDOFF_TOOL.match(name)
    ]
    answers = [text for text in conversation.answers if not _HANDOFF_NOTICE.match(text)]
    if answers and not informative:
        return answers[-1]
    lines = [f"{name}: {text}" for name, text in informative or conversation.results]
    return "\n".join(["Here is what I found.", *lines])


def _greeting(question: str) -> str | None:
    if _GREETING.match(question) and len(stems(question)) <= 3:
        return "Hello! How can I help you today?"
    return None


def _recall(conversation: Conversation) -> str | None:
    """Return the sentence of the context or of earlier messages that fits the question."""
    labelled = _LABELLED_QUESTION.findall(conversation.question)
    lines = sentences(_LABELLED_QUESTION.sub("", conversation.question))
    if not labelled and not (lines and lines[-1].endswith("?")):
        return None
    question = labelled[-1] if labelled else lines[-1]
    context = [line for line in lines if question not in line]
    statements = [
        line
        for text in (conversation.system, *conversation.earlier)
        for line in sentences(text)
        if not line.endswith("?")
    ]
    return most_relevant(question, [*context, *statements])


def _calculate(question: str) -> str | None:
    match = _CALCULATION.search(question)
    if match is None:
        return None
    left, operator, right = float(match[1]), match[2], float(match[3])
    if operator == "/" and right == 0:
        return "A division by zero has no result."
    result = {"+": left + right, "-": left - right, "*": left * right}.get(operator)
    value = left / right if result is None else result
    return f"{match[0]} = {value:.10g}"


def _small_talk(question: str, seed: int, index: int) -> str:
    labelled = _LABELLED_QUESTION.findall(question)
    asked = labelled[-1].strip() if labelled else question
    subject = topic(asked) or "this"
    variation = int(digest(seed, question)[:8], 16) + index
    opening = _OPENINGS[variation % len(_OPENINGS)].format(subject)
    last = (sentences(asked) or [""])[-1]
    quotation = last if last[-1:] in (".", "!", "?") else f"{last}."
    return f"{opening} {_CLOSING.format(quotation)}"
