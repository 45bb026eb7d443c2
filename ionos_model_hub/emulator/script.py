"""Scripted replies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ionos_model_hub.emulator.endpoint_paths import ENDPOINT_PATHS, Endpoint
from ionos_model_hub.emulator.events import DONE_EVENT, encode_event
from ionos_model_hub.emulator.matching import RequestFilter
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.emulator.reply_checks import (
    ENDPOINTS_OF_CONTENT,
    RAW_CONTENTS,
    check_arguments,
    contents_of,
)
from ionos_model_hub.emulator.reply_types import check_types
from ionos_model_hub.emulator.scripted_errors import ErrorName

FinishReason = Literal["stop", "length"]
Position = int | Literal["head"]


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

    Pass the content in one of these ways:

    - output of the model, which is limited and streamed like a default response, after the
      request has been checked: `text`, `tool_calls`, `reasoning` and `refusal`; or `structured`,
      `generated`, `embeddings`, `scores` or `images`
    - an error of the hub: `error`
    - a raw response: `json`, `body` or `stream`
    - nothing: the default response, for example with a delay

    Attributes:
        status: HTTP status; 200 by default. Only for raw responses.
        headers: Additional response headers.
        json: Body, sent as JSON.
        body: Body, sent unchanged.
        stream: Server-sent events, sent one by one: a mapping as `data: {...}`, bytes unchanged.
        done: Whether the stream ends with `data: [DONE]`; true by default.
        text: Text of the message or of the completion. A list of strings also sets the pieces
            in which a stream sends it.
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
        endpoint: Only for this endpoint: `chat`, `completions`, `embeddings`, `rerank`, `images`,
            `image_edits` or `models`. By default for all POST requests that can have this content.
        model: Only for requests that name this model.
        contains: Only for requests whose text contains this: the last message, the prompt, the
            input, or the query and the documents.
        fields: Only for requests whose body contains these fields with these values.
        when: Only for requests for which this function returns true.
        times: Number of requests; 1 by default, None for all.
        probability: Share of the matching requests that get the reply, between 0 and 1; which
            ones depends on the seed of the emulator only. 1 by default.
        delay: Seconds before the response.
        first_chunk_delay: Seconds between the head of the response and its body.
        chunk_delay: Seconds between the chunks of the body.
        chunk_bytes: Sizes of the chunks in bytes; the last one is repeated. By default, each
            event of a stream is a chunk, and other bodies are one chunk. TCP may join chunks
            that are not separated by a delay.
        stall_after: Number of chunks after which the response stalls until the client
            disconnects; `head` stalls after the head, 0 before it.
        disconnect_after: Number of chunks after which the connection is closed; `head` closes it
            after the head, 0 before it. Without `chunk_bytes`, a body that is not a stream is
            cut in its middle.
        reset_after: Like `disconnect_after`, but the connection is reset (TCP RST).

    Raises:
        ValueError: An argument is invalid, or arguments contradict each other.

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
    text: str | Sequence[str] | None = None
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
    fields: Mapping[str, Any] | None = None
    when: Callable[[RecordedRequest], bool] | None = None
    times: int | None = 1
    probability: float = 1
    delay: float = 0
    first_chunk_delay: float = 0
    chunk_delay: float = 0
    chunk_bytes: int | Sequence[int] | None = None
    stall_after: Position | None = None
    disconnect_after: Position | None = None
    reset_after: Position | None = None

    def __post_init__(self) -> None:
        _ = self.filter  # checks the endpoint
        check_types(Reply, self._arguments)
        check_arguments(self._arguments)

    def __repr__(self) -> str:
        """Show the arguments that differ from their defaults."""
        shown = (
            f"{f.name}={getattr(self, f.name)!r}"
            for f in fields(self)
            if f.name != "headers" and getattr(self, f.name) != f.default
        )
        return f"Reply({', '.join(shown)})"

    @property
    def _arguments(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @property
    def contents(self) -> list[str]:
        """The names of the arguments that contain the content."""
        return contents_of(self._arguments)

    @property
    def is_default(self) -> bool:
        """Whether the default response is sent."""
        return self.status == 200 and not self.contents

    @property
    def is_raw(self) -> bool:
        """Whether the content is sent unchanged, without checks of the request."""
        return not self.is_default and RAW_CONTENTS.issuperset(self.contents)

    @property
    def filter(self) -> RequestFilter:
        """The conditions of the requests for which the reply is meant."""
        return RequestFilter(
            endpoint=self.endpoint,
            model=self.model,
            contains=self.contains,
            fields=self.fields,
            when=self.when,
        )

    def matches(self, request: RecordedRequest) -> bool:
        """Return whether the reply is meant for a request."""
        return self._fits(request.path) and self.filter.matches(request)

    def _fits(self, path: str) -> bool:
        """Return whether the endpoint can return the content."""
        allowed = [ENDPOINTS_OF_CONTENT[n] for n in self.contents if n in ENDPOINTS_OF_CONTENT]
        return all(path in [ENDPOINT_PATHS[name] for name in names] for names in allowed)

    def events(self) -> Iterator[bytes]:
        """Yield the events of the stream as sent over the network."""
        for item in self.stream or ():
            yield item if isinstance(item, bytes) else encode_event(item)
        if self.done:
            yield DONE_EVENT
