"""Responses to the prompts with which LlamaIndex and LangChain evaluate answers."""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from ionos_model_hub.emulator.responder.judgement import Case, compare

_POINTS = re.compile(r"Each question above is worth (\d+) point")
_NUMBERED_QUESTION = re.compile(r"^\d+\. ", re.MULTILINE)
_EXISTING_YES = re.compile(r"existing YES/NO answer: *\(?YES", re.IGNORECASE)


def _label(name: str, *following: str) -> str:
    """Return a pattern for the text after a label at the start of a line."""
    end = "|".join([*(rf"^{label}" for label in following), r"\Z"])
    return rf"^{name}[ \n]*(.*?)(?={end})"


# The last match of a pattern is used, because prompts have examples before the case.
_SECTIONS: Mapping[str, Sequence[str]] = {
    "query": (
        r"\[(?:User )?Question\]\n(.*?)\n+\[",
        r"^\[Input\]: (.*?)\n\*\*\*",
        r"^> Question: (.*?)\n> Context:",
        _label("## User Query", "## "),
        _label("(?:QUESTION|Question|Query):", "[A-Z ]+:", "Response:", "Context:", "Critique "),
    ),
    "answer": (
        r"\[The Start of Assistant(?: A)?['\u2019]s Answer\]\n(.*?)\n\[The End",
        r"^\[Submission\]: (.*?)\n\*\*\*",
        _label("## Generated Answer", "## "),
        _label("STUDENT ANSWER:", "[A-Z ]+:"),
        _label("Information:", "Context:"),
        _label("Response:", "Context:", "Guidelines:", "Feedback:"),
        r"present in the context information: (.*?)\nWe have provided",
    ),
    "second": (r"\[The Start of Assistant B['\u2019]s Answer\]\n(.*?)\n\[The End",),
    "reference": (
        r"\[The Start of Reference\]\n(.*?)\n\[The End",
        r"^\[Reference\]: (.*?)\n\*\*\*",
        r"^\[Ground truth\]\n(.*?)\nBegin your evaluation",
        r"reference answer to the user's question:\n(.*?)\[User Question\]",
        _label(r"## Reference Answer\n(?!\(NO REFERENCE)", "## "),
        _label("TRUE ANSWER:", "[A-Z ]+:"),
    ),
    "context": (
        r"^>>>\n(.*?)\n>>>$",
        _label("(?:CONTEXT|Context):", "[A-Z ]+:", "Answer:", "Feedback:"),
        r"^-{6,}\n(.*?)\n-{6,}$",
    ),
    "guidelines": (_label("Guidelines:", "Now please"),),
}


def _grade(prompt: str, case: Case) -> str:
    grade = "CORRECT" if case.passes else "INCORRECT"
    return grade if prompt.rstrip().endswith("GRADE:") else f"{_reason(case)}\nGRADE: {grade}"


def _yes_or_no(prompt: str, case: Case) -> str:
    return "YES" if case.passes or _EXISTING_YES.search(prompt) else "NO"


def _result(prompt: str, case: Case) -> str:
    points = int((_POINTS.search(prompt) or [0, 1])[1])
    total = points * max(1, len(_NUMBERED_QUESTION.findall(prompt)))
    return f"{_reason(case)}\n[RESULT] {round(case.score * total)}"


def _score(prompt: str, case: Case) -> str:
    return f"{1 + 4 * case.score:.1f}\n{_reason(case)}"


def _rating(prompt: str, case: Case) -> str:
    return f"{_reason(case)} Rating: [[{round(1 + 9 * case.score)}]]"


def _letter(prompt: str, case: Case) -> str:
    letter = "Y" if case.passes else "N"
    return f"{_reason(case)}\n{letter}\n{letter}"


def _passing(prompt: str, case: Case) -> str:
    return json.dumps({"passing": case.passes, "feedback": _reason(case)})


# Formats of verdicts, by an expression in the prompt.
_FORMATS: Sequence[tuple[re.Pattern[str], Callable[[str, Case], str]]] = (
    (re.compile(r"GRADE: CORRECT or INCORRECT"), _grade),
    (re.compile(r"YES or NO|YES ?/ ?NO"), _yes_or_no),
    (re.compile(r"\[RESULT\]"), _result),
    (re.compile(r"score has to be between 1 and 5"), _score),
    (re.compile(r"\[\[rating\]\]"), _rating),
    (re.compile(r'single character "Y" or "N"'), _letter),
    (re.compile(r'"passing"'), _passing),
)
_PAIR = re.compile(r"'\[\[A\]\]'|\"\[\[A\]\]\"")


def evaluation_response(prompt: str) -> str | None:
    """Return the verdict in the requested format, or None if no evaluation is requested.

    Args:
        prompt: Text of the system message and of the question.
    """
    if not _is_evaluation(prompt):
        return None
    sections = {name: _section(prompt, patterns) for name, patterns in _SECTIONS.items()}
    second = sections.pop("second")
    case = Case(**sections)
    if not case.answer and not (case.query and case.context):
        return None
    if _PAIR.search(prompt) and second:
        winner = compare(case, Case(**{**sections, "answer": second}))
        return f"The answers were compared by their words. [[{winner}]]"
    return next((write(prompt, case) for form, write in _FORMATS if form.search(prompt)), None)


def _is_evaluation(prompt: str) -> bool:
    return bool(_PAIR.search(prompt)) or any(form.search(prompt) for form, _ in _FORMATS)


def _section(prompt: str, patterns: Sequence[str]) -> str:
    """Return the last match of the first pattern that matches."""
    for pattern in patterns:
        texts = re.findall(pattern, prompt, re.MULTILINE | re.DOTALL)
        if texts:
            return str(texts[-1]).strip()
    return ""


def _reason(case: Case) -> str:
    shared = "most" if case.passes else "few"
    return f"The texts share {shared} of their words."
