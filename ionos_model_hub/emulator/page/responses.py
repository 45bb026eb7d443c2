"""Bodies of responses, as the page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from ionos_model_hub.emulator.page.json_text import as_dict, as_list, as_text, decimal
from ionos_model_hub.emulator.page.messages import Message, parse_message

_MAX_COUNT = 10**15
_PNG = "data:image/png;base64,"  # browsers recognize other formats themselves


@dataclass(frozen=True, slots=True)
class Score:
    """The relevance of a document.

    Attributes:
        index: Index of the document.
        score: Relevance score.
    """

    index: int
    score: float

    @property
    def shown(self) -> str:
        """The score as text."""
        return decimal(self.score)


@dataclass(frozen=True, slots=True)
class ResponseView:
    """The content of a response, complete or not.

    Attributes:
        messages: Message of each choice.
        usage: Token usage by name.
        error: Message of the error, or an empty string.
        vectors: Short description of each embedding.
        scores: Results of a rerank request.
        images: Generated images as data URLs.
        models: Ids of the models of a list of models.
    """

    messages: tuple[Message, ...] = ()
    usage: dict[str, int] = field(default_factory=dict)
    error: str = ""
    vectors: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    images: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def preview(self) -> str:
        """The error, the first message or a description of the results."""
        texts = [self.error, *(message.preview for message in self.messages)]
        counts = {
            "embeddings": len(self.vectors),
            "scores": len(self.scores),
            "images": len(self.images),
            "models": len(self.models),
        }
        texts += [f"{count} {name}" for name, count in counts.items() if count]
        return next((text for text in texts if text), "")


def parse_body(body: object) -> ResponseView:
    """Return the content of a response that is not a stream; any JSON value is accepted."""
    fields = as_dict(body)
    data = [as_dict(item) for item in as_list(fields.get("data"))]
    return ResponseView(
        messages=tuple(_choice_message(as_dict(item)) for item in as_list(fields.get("choices"))),
        usage=_usage(fields.get("usage")),
        error=error_message(fields),
        vectors=tuple(_describe(item["embedding"]) for item in data if "embedding" in item),
        scores=tuple(_scores(as_list(fields.get("results")))),
        images=tuple(_PNG + as_text(item["b64_json"]) for item in data if "b64_json" in item),
        models=tuple(as_text(item.get("id")) for item in data if item.get("object") == "model"),
    )


def parse_events(events: Iterable[object]) -> ResponseView:
    """Return the content of a stream so far.

    Args:
        events: Parsed data of the events; any JSON values are accepted.
    """
    choices: dict[str, _Choice] = {}
    usage: dict[str, int] = {}
    error = ""
    for event in events:
        fields = as_dict(event)
        usage = _usage(fields.get("usage")) or usage
        error = error_message(fields) or error
        for item in as_list(fields.get("choices")):
            choice = as_dict(item)
            choices.setdefault(as_text(choice.get("index", 0)), _Choice()).add(choice)
    messages = tuple(choice.message() for choice in choices.values())
    return ResponseView(messages=messages, usage=usage, error=error)


def error_message(body: dict[str, object]) -> str:
    """Return the message of an error body in any of the hub's shapes, or an empty string."""
    error = body.get("error") or next(iter(as_list(body.get("messages"))), None)
    if error is None and body.get("object") == "error":
        error = body
    if isinstance(error, dict):
        return as_text(error.get("message") or error)
    return as_text(error) if error else ""


def _choice_message(choice: dict[str, object]) -> Message:
    message = choice.get("message")
    if message is None:
        message = {"role": "completion", "content": choice.get("text")}
    return parse_message(message, choice.get("finish_reason"))


class _Choice:
    """The deltas of a choice, joined."""

    def __init__(self) -> None:
        self._role = "assistant"
        self._texts: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[str, dict[str, str]] = {}
        self._finish_reason: object = None

    def add(self, choice: dict[str, object]) -> None:
        delta = as_dict(choice.get("delta"))
        if "text" in choice:
            self._role = "completion"
        for value in (delta.get("content"), choice.get("text"), delta.get("refusal")):
            self._texts.append(as_text(value or ""))
        self._reasoning.append(
            as_text(delta.get("reasoning_content") or delta.get("reasoning") or "")
        )
        for call in as_list(delta.get("tool_calls")):
            self._add_call(as_dict(call))
        self._finish_reason = choice.get("finish_reason") or self._finish_reason

    def _add_call(self, call: dict[str, object]) -> None:
        function = as_dict(call.get("function"))
        joined = self._calls.setdefault(
            as_text(call.get("index", 0)), {"id": "", "name": "", "arguments": ""}
        )
        joined["id"] += as_text(call.get("id") or "")
        joined["name"] += as_text(function.get("name") or "")
        joined["arguments"] += as_text(function.get("arguments") or "")

    def message(self) -> Message:
        calls = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": call["arguments"]}}
            for call in self._calls.values()
        ]
        fields = {
            "role": self._role,
            "content": "".join(self._texts),
            "reasoning": "".join(self._reasoning),
            "tool_calls": calls,
        }
        return parse_message(fields, self._finish_reason)


def _usage(value: object) -> dict[str, int]:
    """Return the counts, with those of objects such as `completion_tokens_details`."""
    usage = as_dict(value)
    details = (as_dict(count).items() for count in usage.values())
    counts = chain(usage.items(), *details)
    return {
        name: count
        for name, count in counts
        if isinstance(count, int) and not isinstance(count, bool) and abs(count) <= _MAX_COUNT
    }


def _scores(results: list[object]) -> list[Score]:
    scores = []
    for item in results:
        result = as_dict(item)
        index, score = result.get("index"), result.get("relevance_score")
        if isinstance(index, int) and isinstance(score, int | float):
            scores.append(Score(index, score))
    return sorted(scores, key=lambda each: -each.score)


def _describe(vector: object) -> str:
    if isinstance(vector, str):
        return f"base64, {len(vector)} characters"
    numbers = as_list(vector)
    start = ", ".join(map(decimal, numbers[:4]))
    return f"{len(numbers)} dimensions: {start}, …"
