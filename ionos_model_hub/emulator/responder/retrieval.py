"""Responses to the prompts of LlamaIndex's routers, rerankers and engines."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.responder.judgement import coverage
from ionos_model_hub.emulator.text import most_relevant, parse_number, sentences, stems, words

Name = TypeVar("Name", int, str)

_SELECTION = re.compile(
    r"^-{6,}\n(?P<choices>.*?)\n-{6,}\n(?P<task>[^\n]*?) most relevant to the question: "
    r"'(?P<query>.*?)'\n.*?ONLY JSON.*?choice: 1,",
    re.MULTILINE | re.DOTALL,
)
_CHOICE = re.compile(r"^\((\d+)\) (.*?)(?=^\(\d+\) |\Z)", re.MULTILINE | re.DOTALL)
_MOST_CHOICES = re.compile(r"no more than (\d+)")
_RATING = re.compile(
    r"^Doc: 9, Relevance: 7\n.*?Let's try this now:(?P<documents>.*)"
    r"^Question: (?P<query>[^\n]*)\s+Answer:\s*\Z",
    re.MULTILINE | re.DOTALL,
)
_DOCUMENT = re.compile(r"^Document (\d+):\n(.*?)(?=^Document \d+:\n|\Z)", re.MULTILINE | re.DOTALL)
_SUB_QUESTIONS = re.compile(
    r"sub-questions in json markdown.*<Tools>\n```json\n(?P<tools>.*?)\n```\s+"
    r"<User Question>\n(?P<query>.*?)\s+<Output>\s*\Z",
    re.DOTALL,
)
_REFINEMENTS = (
    re.compile(
        r"original query is as follows: (?P<query>.*?)\n"
        r"We have provided an existing answer: (?P<answer>.*?)\n"
        r"We have the opportunity .*?^-{6,}\n(?P<context>.*?)\n-{6,}$",
        re.MULTILINE | re.DOTALL,
    ),
    re.compile(
        r"^New Context:(?P<context>.*)^Query: (?P<query>.*?)\n"
        r"Original Answer: (?P<answer>.*?)\s*^New Answer:\s*\Z",
        re.MULTILINE | re.DOTALL,
    ),
)
_FOLLOW_UPS = (
    re.compile(r"<Follow Up Message>\n(.*?)\s+<Standalone question>\s*\Z", re.DOTALL),
    re.compile(r"Follow Up Input: (.*?)\s+Standalone question:\s*\Z", re.DOTALL),
)


def retrieval_response(prompt: str) -> str | None:
    """Return the response in the format of the prompt, or None for other prompts.

    Args:
        prompt: Text of the question.
    """
    for phrase, write in _WRITERS.items():
        if phrase in prompt and (text := write(prompt)) is not None:
            return text
    return None


def _selection(prompt: str) -> str | None:
    """Return the numbers of the choices that fit the question, the best one first."""
    match = _SELECTION.search(prompt)
    if match is None:
        return None
    choices = _numbered(_CHOICE, match["choices"])
    most = _MOST_CHOICES.search(match["task"])
    limit = (parse_number(most[1]) if most else None) or 1
    chosen = _by_relevance(match["query"], choices)[:limit] or list(choices)[:1]
    reason = "The choice and the question share words."
    return json.dumps([{"choice": number, "reason": reason} for number in chosen])


def _ratings(prompt: str) -> str | None:
    """Return the relevant documents with a relevance from 1 to 10."""
    match = _RATING.search(prompt)
    if match is None:
        return None
    documents = _numbered(_DOCUMENT, match["documents"])
    lines = [
        f"Doc: {number}, Relevance: {round(1 + 9 * coverage(match['query'], documents[number]))}"
        for number in _by_relevance(match["query"], documents)
    ]
    return "\n".join(lines) or "No document is relevant."


def _sub_questions(prompt: str) -> str | None:
    """Return the question once for each tool that fits it, or for all tools."""
    match = _SUB_QUESTIONS.search(prompt)
    tools = _json_object(match["tools"]) if match else None
    if match is None or tools is None:
        return None
    descriptions = {name: f"{' '.join(words(name))} {text}" for name, text in tools.items()}
    chosen = _by_relevance(match["query"], descriptions) or list(descriptions)
    items = [{"sub_question": match["query"], "tool_name": name} for name in chosen]
    return f"```json\n{json.dumps({'items': items}, ensure_ascii=False, indent=4)}\n```"


def _refined_answer(prompt: str) -> str | None:
    """Return the answer, or the sentence of the new context if it fits the query better."""
    match = next((found for form in _REFINEMENTS if (found := form.search(prompt))), None)
    if match is None:
        return None
    candidates = [match["answer"], *sentences(match["context"])]
    return most_relevant(match["query"], candidates) or match["answer"]


def _standalone_question(prompt: str) -> str | None:
    return next((found[1] for form in _FOLLOW_UPS if (found := form.search(prompt))), None)


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


# By a phrase of the prompt, so that the patterns are only applied to such prompts.
_WRITERS: Mapping[str, Callable[[str], str | None]] = {
    "Some choices are given below.": _selection,
    "Let's try this now:": _ratings,
    "sub-questions in json markdown": _sub_questions,
    "existing answer: ": _refined_answer,
    "Original Answer: ": _refined_answer,
    "tandalone question": _standalone_question,
}
