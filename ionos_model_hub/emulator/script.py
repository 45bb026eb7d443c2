"""Scripted replies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from ionos_model_hub.emulator.events import DONE_EVENT, encode_event
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.scripted_errors import ERROR_NAMES, ErrorName

Endpoint = Literal["chat", "completions", "embeddings", "rerank", "images", "models"]
FinishReason = Literal["stop", "length"]

ENDPOINT_PATHS: dict[str, str] = {
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "embeddings": "/v1/embeddings",
    "rerank": "/v1/rerank",
    "images": "/v1/images/generations",
    "models": "/v1/models",
}
# At most one of these groups of arguments may be used.
_CONTENTS = (
    ("json",),
    ("body",),
    ("stream",),
    ("generated",),
    ("text", "tool_calls", "reasoning", "refusal"),
    ("structured",),
    ("embeddings",),
    ("scores",),
    ("images",),
    ("error",),
)
# Endpoints for which these contents are meant.
_ENDPOINTS_OF = {
    "embeddings": ("embeddings",),
    "scores": ("rerank",),
    "images": ("images",),
    "tool_calls": ("chat",),
    "reasoning": ("chat",),
    "refusal": ("chat",),
    "text": ("chat", "completions"),
    "structured": ("chat", "completions"),
    "generated": ("chat", "completions"),
}
_MODEL_OUTPUT = {"generated", "text", "tool_calls", "reasoning", "refusal", "structured"}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call of a scripted reply.

    Args:
        name: Name of the function.
        arguments: Its arguments.

    Example:
        >>> Call("get_weather", city="Berlin")
        Call(name='get_weather', arguments={'city': 'Berlin'})
    """

    name: str
    arguments: dict[str, Any]

    def __init__(self, name: str, /, **arguments: Any) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "arguments", arguments)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reply:
    r"""A scripted reply to one or several requests.

    Pass the content in one of three ways:

    - output of the model, which is limited and streamed like a default response, after the
      request has been checked: `text`, `tool_calls`, `reasoning` and `refusal`; or `structured`,
      `generated`, `embeddings`, `scores` or `images`
    - an error of the hub: `error`
    - a raw response: `json`, `body` or `stream`

    Attributes:
        status: HTTP status; 200 by default. Only for raw responses.
        headers: Additional response headers.
        json: Body, sent as JSON.
        body: Body, sent unchanged.
        stream: Server-sent events, sent one by one: a mapping as `data: {...}`, bytes unchanged.
        done: Whether the stream ends with `data: [DONE]`; true by default.
        text: Text of the message or of the completion.
        tool_calls: Tool calls of the message.
        reasoning: Reasoning of the message, for models that reason.
        refusal: Refusal of the message.
        structured: JSON value that is the text of the message.
        generated: Tokens that the model generates, for each choice, in the format of the model.
        finish_reason: `length` ends the message as if it had been cut off.
        usage: Token usage; the fields replace the counted ones.
        embeddings: Vectors, one for each input.
        scores: Relevance scores, one for each document.
        images: Images, one for each requested one.
        error: Error of the hub: `unauthorised`, `forbidden`, `bad_request`, `context_overflow`,
            `model_not_found`, `rate_limited`, `overloaded`, `server_error`, `gateway_error`,
            `bad_gateway` (an HTML page), `unavailable` or `timeout`.
        retry_after: `Retry-After` of the error in seconds.
        endpoint: Only for this endpoint: `chat`, `completions`, `embeddings`, `rerank`, `images`
            or `models`. By default for all POST requests.
        model: Only for requests that name this model.
        contains: Only for requests whose text contains this: the last message, the prompt, the
            input, or the query and the documents.
        when: Only for requests for which this function returns true.
        times: Number of requests; 1 by default, None for all.
        delay: Seconds before the response.
        chunk_delay: Seconds between the chunks of a stream.
        stall_after: Number of events after which a stream stalls until the client disconnects.
        disconnect_after: Number of events after which the connection is closed in the middle
            of the stream; 0 closes it before any response.

    Raises:
        ValueError: The arguments contradict each other.

    Example:
        >>> Reply(text="Hello", endpoint="chat").text
        'Hello'
        >>> b"".join(Reply(stream=[{"a": 1}, b": hello\n\n"]).events())
        b'data: {"a": 1}\n\n: hello\n\ndata: [DONE]\n\n'
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    body: bytes | None = None
    stream: Sequence[Mapping[str, Any] | bytes] | None = None
    done: bool = True
    text: str | None = None
    tool_calls: Sequence[Call] = ()
    reasoning: str | None = None
    refusal: str | None = None
    structured: Any = None
    generated: Sequence[Sequence[str]] | None = None
    finish_reason: FinishReason = "stop"
    usage: Mapping[str, int] | None = None
    embeddings: Sequence[Sequence[float]] | None = None
    scores: Sequence[float] | None = None
    images: Sequence[bytes] | None = None
    error: ErrorName | None = None
    retry_after: float | None = None
    endpoint: Endpoint | None = None
    model: str | None = None
    contains: str | None = None
    when: Callable[[RecordedRequest], bool] | None = None
    times: int | None = 1
    delay: float = 0
    chunk_delay: float = 0
    stall_after: int | None = None
    disconnect_after: int | None = None

    def __post_init__(self) -> None:
        used = [group for group in _CONTENTS if any(self._is_set(name) for name in group)]
        if len(used) > 1:
            names = [name for group in used for name in group if self._is_set(name)]
            raise ValueError(f"Reply accepts only one of {', '.join(names)}")
        self._check_combinations({name for group in used for name in group})
        if self.error is not None and self.error not in ERROR_NAMES:
            raise ValueError(f"error must be one of {', '.join(ERROR_NAMES)}, got {self.error!r}")
        if self.endpoint is not None and self.endpoint not in ENDPOINT_PATHS:
            names = list(ENDPOINT_PATHS)
            raise ValueError(f"endpoint must be one of {', '.join(names)}, got {self.endpoint!r}")
        if self.finish_reason not in get_args(FinishReason):
            raise ValueError(f"finish_reason must be stop or length, got {self.finish_reason!r}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be at least 1 or None, got {self.times}")

    def __repr__(self) -> str:
        """Show the arguments that differ from their defaults."""
        shown = (
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name != "headers" and getattr(self, f.name) != f.default
        )
        return f"Reply({', '.join(shown)})"

    def _check_combinations(self, content: set[str]) -> None:
        is_raw = not content or content & {"json", "body", "stream"}
        if self.status != 200 and not is_raw:
            raise ValueError("status is only for json, body and stream; pass error instead")
        if self.retry_after is not None and "error" not in content:
            raise ValueError("retry_after is only for error")
        if self.finish_reason != "stop" and not content & _MODEL_OUTPUT:
            raise ValueError("finish_reason is only for output of the model")
        if not self.done and "stream" not in content:
            raise ValueError("done is only for stream")
        if self.tool_calls and self.text:
            raise ValueError("Reply accepts text or tool_calls; pass generated for both")

    def _is_set(self, name: str) -> bool:
        value = getattr(self, name)
        return value is not None and value != ()

    @property
    def is_raw(self) -> bool:
        """Whether the reply is sent as it is, without any checks of the request."""
        contents = (name for group in _CONTENTS[3:] for name in group)
        return not any(self._is_set(name) for name in contents)

    def matches(self, request: RecordedRequest) -> bool:
        """Return whether the reply is meant for a request."""
        if self.endpoint is None:
            is_meant = request.method == "POST"
        else:
            method = "GET" if self.endpoint == "models" else "POST"
            is_meant = (request.method, request.path) == (method, ENDPOINT_PATHS[self.endpoint])
        return (
            is_meant
            and self._fits(request.path)
            and self.model in (None, request.model)
            and (self.contains is None or self.contains in request.text)
            and (self.when is None or bool(self.when(request)))
        )

    def _fits(self, path: str) -> bool:
        """Return whether the endpoint can return the content."""
        endpoints = [names for content, names in _ENDPOINTS_OF.items() if self._is_set(content)]
        return all(path in map(ENDPOINT_PATHS.get, names) for names in endpoints)

    def events(self) -> Iterator[bytes]:
        """Yield the events of the stream as sent over the network."""
        for item in self.stream or ():
            yield item if isinstance(item, bytes) else encode_event(item)
        if self.done:
            yield DONE_EVENT
