"""Responses to the prompts of LlamaIndex's routers, rerankers and engines."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.judgement import coverage
from ionos_model_hub.emulator.text import most_relevant, parse_number, sentences, stems, words

Name = TypeVar("Name", int, str)

_RULE = "\n---------------------\n"
_CONTEXT_RULE = "\n------------\n"

# Texts between the variable parts of the prompts, in order.
_SELECTION = (
    "Some choices are given below.",
    _RULE,
    _RULE,
    " most relevant to the question: '",
    "'\n",
    "choice: 1,",
)
_RATING = ("Doc: 9, Relevance: 7\n", "Let's try this now:", "\nQuestion: ", "Answer:")
_SUB_QUESTIONS = (
    "sub-questions in json markdown",
    "# Example 2\n<Tools>\n```json\n",
    "\n```",
    "<User Question>\n",
    "<Output>",
)
_REFINEMENT = (
    "original query is as follows: ",
    "\nWe have provided an existing answer: ",
    "\nWe have the opportunity ",
    _CONTEXT_RULE,
    _CONTEXT_RULE,
)
_CHAT_REFINEMENT = ("New Context:", "\nQuery: ", "\nOriginal Answer: ", "New Answer:")
_FOLLOW_UPS = (
    ("<Follow Up Message>\n", "<Standalone question>"),
    ("Follow Up Input: ", "Standalone question:"),
)

_CHOICE = re.compile(r"^\((\d+)\) (.*?)(?=^\(\d+\) |\Z)", re.MULTILINE | re.DOTALL)
_MOST_CHOICES = re.compile(r"no more than (\d+)")
_DOCUMENT = re.compile(r"^Document (\d+):\n(.*?)(?=^Document \d+:\n|\Z)", re.MULTILINE | re.DOTALL)


def retrieval_response(prompt: str) -> str | None:
    """Return the response in the format of the prompt, or None for other prompts.

    Args:
        prompt: Text of the question.
    """
    writers: tuple[Callable[[str], str | None], ...] = (
        _selection,
        _ratings,
        _sub_questions,
        _refined_answer,
        _standalone_question,
    )
    return next((text for write in writers if (text := write(prompt)) is not None), None)


def _selection(prompt: str) -> str | None:
    """Return the numbers of the choices that fit the question, the best one first."""
    parts = _split(prompt, _SELECTION)
    if parts is None:
        return None
    _, _, described, task, query, _, _ = parts
    choices = _numbered(_CHOICE, described)
    most = _MOST_CHOICES.search(task)
    limit = (parse_number(most[1]) if most else None) or 1
    chosen = _by_relevance(query, choices)[:limit] or list(choices)[:1]
    reason = "The choice and the question share words."
    return json.dumps([{"choice": number, "reason": reason} for number in chosen])


def _ratings(prompt: str) -> str | None:
    """Return the relevant documents with a relevance from 1 to 10."""
    parts = _split(prompt, _RATING)
    if parts is None:
        return None
    _, _, described, query, _ = parts
    documents = _numbered(_DOCUMENT, described)
    lines = [
        f"Doc: {number}, Relevance: {round(1 + 9 * coverage(query, documents[number]))}"
        for number in _by_relevance(query, documents)
    ]
    return "\n".join(lines) or "No document is relevant."


def _sub_questions(prompt: str) -> str | None:
    """Return the question once for each tool that fits it, or for all tools."""
    parts = _split(prompt, _SUB_QUESTIONS)
    tools = _json_object(parts[2]) if parts else None
    if parts is None or tools is None:
        return None
    query = parts[4].strip()
    descriptions = {name: f"{' '.join(words(name))} {text}" for name, text in tools.items()}
    chosen = _by_relevance(query, descriptions) or list(descriptions)
    items = [{"sub_question": query, "tool_name": name} for name in chosen]
    return f"```json\n{json.dumps({'items': items}, ensure_ascii=False, indent=4)}\n```"


def _refined_answer(prompt: str) -> str | None:
    """Return the answer, or the sentence of the new context if it fits the query better."""
    if parts := _split(prompt, _REFINEMENT):
        _, query, answer, _, context, _ = parts
    elif parts := _split(prompt, _CHAT_REFINEMENT):
        _, context, query, answer, _ = parts
    else:
        return None
    return most_relevant(query, [answer.strip(), *sentences(context)]) or answer.strip()


def _standalone_question(prompt: str) -> str | None:
    found = (_split(prompt, markers) for markers in _FOLLOW_UPS)
    return next((parts[1].strip() for parts in found if parts), None)


def _split(prompt: str, markers: Sequence[str]) -> list[str] | None:
    """Return the parts before, between and after the markers, or None if one is missing."""
    parts: list[str] = []
    rest = prompt
    for marker in markers:
        part, found, rest = rest.partition(marker)
        if not found:
            return None
        parts.append(part)
    return [*parts, rest]


def _numbered(form: re.Pattern[str], text: str) -> Mapping[int, str]:
    return {
        number: content
        for digits, content in form.findall(text)
        if (number := parse_number(digits)) is not None
    }


def _by_relevance(query: str, texts: Mapping[Name, str]) -> Sequence[Name]:
    """Return the names of the texts that share words with a query, the best one first."""
    shared = {name: len(stems(query) & stems(text)) for name, text in texts.items()}
    return sorted(filter(shared.get, shared), key=lambda name: -shared[name])


def _json_object(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
