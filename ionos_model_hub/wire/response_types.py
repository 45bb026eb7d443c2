"""The answer side of the contract, one typed shape for each kind of answer."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import JsonValue


@dataclass(slots=True)
class Usage:
    """Tokens of one call, as the hub counted them.

    Attributes:
        prompt_tokens: Tokens of the request.
        completion_tokens: Tokens of the answer, reasoning included.
        total_tokens: Both together.
        cached_tokens: Prompt tokens served from a cache, if the hub says so.
        reasoning_tokens: Answer tokens spent on reasoning, if the hub says so.

    Example:
        >>> Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5).total_tokens
        5
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(slots=True)
class ToolCall:
    """A function the model wants called; `arguments` is the JSON text as the model wrote it.

    Example:
        >>> ToolCall("call_1", "add", '{"a": 1}').name
        'add'
    """

    id: str
    name: str
    arguments: str


@dataclass(slots=True)
class Message:
    """An assistant's answer; text that did not come is "".

    Example:
        >>> Message("Hallo").tool_calls
        []
    """

    content: str = ""
    reasoning: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    refusal: str = ""


@dataclass(slots=True)
class Choice:
    """One of the `n` answers.

    Example:
        >>> Choice(0, Message("Hallo"), "stop").finish_reason
        'stop'
    """

    index: int
    message: Message
    finish_reason: str | None = None
    logprobs: dict[str, JsonValue] | None = None


@dataclass(slots=True)
class ChatCompletion:
    """A whole chat answer, streamed or not.

    Attributes:
        id: The hub's id of the answer.
        model: The model that answered.
        created: Unix time in seconds.
        choices: `n` answers, by index.
        usage: Tokens, or None where the hub did not count.
        system_fingerprint: The backend's build, where told.
        headers: The response headers that matter to callers: trace id and rate limits.

    Example:
        >>> ChatCompletion(choices=[Choice(0, Message("Hallo"))]).text
        'Hallo'
    """

    id: str = ""
    model: str = ""
    created: int = 0
    choices: list[Choice] = field(default_factory=list)
    usage: Usage | None = None
    system_fingerprint: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """The first answer."""
        return self.choices[0].message

    @property
    def text(self) -> str:
        """The first answer's text."""
        return self.message.content

    @property
    def finish_reason(self) -> str | None:
        """Why the first answer ended: stop, length or tool_calls."""
        return self.choices[0].finish_reason

    def to_dict(self) -> dict[str, Any]:
        """Return plain, JSON-safe dicts and lists."""
        return asdict(self)


@dataclass(slots=True)
class TextChoice:
    """One of the `n` continuations of a prompt.

    Example:
        >>> TextChoice(0, "upon a time").text
        'upon a time'
    """

    index: int
    text: str = ""
    finish_reason: str | None = None
    logprobs: dict[str, JsonValue] | None = None


@dataclass(slots=True)
class Completion:
    """A whole answer of the completions endpoint; attributes as in ChatCompletion.

    Example:
        >>> Completion(choices=[TextChoice(0, "upon a time")]).text
        'upon a time'
    """

    id: str = ""
    model: str = ""
    created: int = 0
    choices: list[TextChoice] = field(default_factory=list)
    usage: Usage | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The first continuation."""
        return self.choices[0].text

    @property
    def finish_reason(self) -> str | None:
        """Why the first continuation ended: stop or length."""
        return self.choices[0].finish_reason

    def to_dict(self) -> dict[str, Any]:
        """Return plain, JSON-safe dicts and lists."""
        return asdict(self)


@dataclass(slots=True)
class Embeddings:
    """Vectors in the order of the texts, and what they cost.

    Example:
        >>> len(Embeddings([[0.6, 0.8]]).vectors[0])
        2
    """

    vectors: list[list[float]]
    model: str = ""
    usage: Usage | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RankedDocument:
    """A document's place in the request and its relevance, higher is better.

    Example:
        >>> RankedDocument(index=1, score=0.9).index
        1
    """

    index: int
    score: float


@dataclass(slots=True)
class GeneratedImage:
    """An image: its encoded file as bytes, and the prompt as the model rewrote it, if it did.

    Example:
        >>> GeneratedImage(b"png bytes").revised_prompt is None
        True
    """

    data: bytes
    revised_prompt: str | None = None


@dataclass(slots=True)
class ListedModel:
    """An entry of `GET /models`; `created` is a Unix time in seconds.

    Example:
        >>> ListedModel("BAAI/bge-m3").id
        'BAAI/bge-m3'
    """

    id: str
    created: int = 0
    owned_by: str = ""


@dataclass(slots=True)
class ToolCallDelta:
    """A piece of a tool call.

    Attributes:
        index: Which call of the answer it belongs to, counted from 0 in order of appearance.
        id: The call's id, in its first piece only, else "".
        name: The function's name, in its first piece only, else "".
        arguments: The next characters of the JSON arguments.

    Example:
        >>> ToolCallDelta(0, "call_1", "add").arguments
        ''
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Delta:
    """What one event adds to one answer; text that did not come is "".

    Attributes:
        index: Which of the `n` answers it belongs to.
        text: The next characters of the answer.
        reasoning: The next characters of the reasoning.
        tool_calls: Pieces of tool calls.
        refusal: The next characters of a refusal.
        finish_reason: Why the answer ended, in its last delta.
        logprobs: Log probabilities of the text, if asked for.

    Example:
        >>> Delta(text="Hal").text + Delta(text="lo").text
        'Hallo'
    """

    index: int = 0
    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    refusal: str = ""
    finish_reason: str | None = None
    logprobs: dict[str, JsonValue] | None = None
