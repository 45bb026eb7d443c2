"""The responses of the contract, one type for each kind."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from pydantic import JsonValue

from ionos_model_hub.wire.image_formats import image_filename, image_type


@dataclass(slots=True, kw_only=True)
class Response:
    """A response that keeps some of its HTTP headers.

    Attributes:
        headers: The response headers that matter to callers: trace id and rate limits.

    Example:
        >>> Response(headers={"x-trace-id": "1c44"}).headers["x-trace-id"]
        '1c44'
    """

    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Usage:
    """Token usage of one call, as reported by the hub.

    Attributes:
        prompt_tokens: Tokens of the request.
        completion_tokens: Tokens of the response, reasoning included.
        total_tokens: The sum of both.
        cached_tokens: Prompt tokens served from a cache; None if not reported.
        reasoning_tokens: Response tokens spent on reasoning; None if not reported.

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
    """A function that the model calls.

    Attributes:
        id: The call's id.
        name: The function's name.
        arguments: The JSON text as the model wrote it.
        error: Why the call must not run (it was cut off, or its arguments are not a JSON object),
            or None if it may.

    Example:
        >>> ToolCall("call_1", "add", '{"a": 1}').name
        'add'
    """

    id: str
    name: str
    arguments: str
    error: str | None = None


@dataclass(slots=True)
class Message:
    """An assistant's message; absent text is "".

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
    """One of the `n` messages of a response.

    Example:
        >>> Choice(0, Message("Hallo"), "stop").finish_reason
        'stop'
    """

    index: int
    message: Message
    finish_reason: str | None = None
    logprobs: dict[str, JsonValue] | None = None


@dataclass(slots=True)
class ChatCompletion(Response):
    """A complete chat response, streamed or not.

    Attributes:
        id: The hub's id of the response.
        model: The model that generated it.
        created: Unix time in seconds.
        choices: The `n` choices, by index.
        usage: Token usage, or None if the hub did not report it.
        system_fingerprint: The backend's build; None if not reported.
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

    @property
    def message(self) -> Message:
        """The first choice's message."""
        return self.choices[0].message

    @property
    def text(self) -> str:
        """The first choice's text."""
        return self.message.content

    @property
    def finish_reason(self) -> str | None:
        """Why the first choice ended: stop, length or tool_calls."""
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
class Completion(Response):
    """A complete response of the completions endpoint; attributes as in ChatCompletion.

    Example:
        >>> Completion(choices=[TextChoice(0, "upon a time")]).text
        'upon a time'
    """

    id: str = ""
    model: str = ""
    created: int = 0
    choices: list[TextChoice] = field(default_factory=list)
    usage: Usage | None = None

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
class Embeddings(Response):
    """Vectors in the order of the texts, and the token usage.

    Example:
        >>> len(Embeddings([[0.6, 0.8]]).vectors[0])
        2
    """

    vectors: list[list[float]]
    model: str = ""
    usage: Usage | None = None


@dataclass(slots=True)
class RankedDocument:
    """A document's index in the request and its relevance; a higher score is better.

    Example:
        >>> RankedDocument(index=1, score=0.9).index
        1
    """

    index: int
    score: float


@dataclass(slots=True)
class Ranking(Response, Sequence[RankedDocument]):
    """The ranked documents, best first, as a sequence, and the token usage.

    Example:
        >>> ranking = Ranking([RankedDocument(1, 0.9), RankedDocument(0, 0.2)])
        >>> [ranked.index for ranked in ranking]
        [1, 0]
    """

    documents: list[RankedDocument]
    model: str = ""
    usage: Usage | None = None

    @overload
    def __getitem__(self, index: int) -> RankedDocument: ...
    @overload
    def __getitem__(self, index: slice) -> list[RankedDocument]: ...
    def __getitem__(self, index: int | slice) -> RankedDocument | list[RankedDocument]:
        return self.documents[index]

    def __len__(self) -> int:
        return len(self.documents)


@dataclass(slots=True)
class GeneratedImage:
    """An image: its encoded file, and the prompt as rewritten by the model, if it was.

    Attributes:
        data: The file.
        revised_prompt: The rewritten prompt, or None.

    Example:
        >>> GeneratedImage(b"png bytes").revised_prompt is None
        True
    """

    data: bytes
    revised_prompt: str | None = None

    @property
    def mime_type(self) -> str | None:
        """The MIME type of the file by its first bytes, or None if it is unknown."""
        return image_type(self.data)

    @property
    def filename(self) -> str:
        """A name for the file, which depends on its contents."""
        return image_filename(self.data)


@dataclass(slots=True)
class ListedModel:
    """An entry of `GET /models`.

    Attributes:
        id: The model's id.
        created: Unix time in seconds.
        owned_by: The owner.
        max_model_len: The context window in tokens; None if the server does not report it.

    Example:
        >>> ListedModel("BAAI/bge-m3").id
        'BAAI/bge-m3'
    """

    id: str
    created: int = 0
    owned_by: str = ""
    max_model_len: int | None = None


@dataclass(slots=True)
class ToolCallDelta:
    """A piece of a tool call.

    Attributes:
        index: The call's index in the response, from 0 in order of appearance.
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
    """The part of a choice that one event adds; absent text is "".

    Attributes:
        index: The index of the choice.
        text: The next characters of the content.
        reasoning: The next characters of the reasoning.
        tool_calls: Pieces of tool calls.
        refusal: The next characters of a refusal.
        finish_reason: Why the choice ended, in its last delta.
        logprobs: Log probabilities of the text, if requested.

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
