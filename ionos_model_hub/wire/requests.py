"""Build the request of each endpoint: what was set, in a form the hub takes, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_json

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire import responses
from ionos_model_hub.wire.assembly import (
    Answer,
    Assembler,
    ChatAssembler,
    CompletionAssembler,
)
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Embeddings,
    GeneratedImage,
    ListedModel,
    RankedDocument,
)
from ionos_model_hub.wire.strict_schemas import normalise_response_format
from ionos_model_hub.wire.tool_names import ToolNames
from ionos_model_hub.wire.validation import check

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call of the API: what is sent, and how its answer is read.

    Attributes:
        path: Path below the base URL.
        read: Turns the parsed answer into a value; raises ResponseError.
        body: What is sent as JSON; None makes it a GET.
        images: Images asked for: they have a limit of their own.
    """

    path: str
    read: Callable[[JsonValue], T]
    body: Mapping[str, object] | None = None
    images: int = 0

    def encoded(self) -> bytes | None:
        """Return the body as JSON, or None for a GET."""
        return None if self.body is None else _encode(self.body)


@dataclass(frozen=True, slots=True)
class StreamedCall(Generic[Answer]):
    """A call whose answer may also be streamed.

    Attributes:
        path: Path below the base URL.
        body: What is sent as JSON.
        assembler: Makes what puts the answer together.
    """

    path: str
    body: Mapping[str, object]
    assembler: Callable[[], Assembler[Answer]]

    def unstreamed(self) -> Call[Answer]:
        """Return the call that asks for the whole answer at once."""
        return Call(self.path, lambda answer: self.assembler().parse_body(answer), self.body)

    def encoded_for_stream(self, *, ask_for_usage: bool) -> bytes:
        """Return the body as JSON."""
        body = {**self.body, "stream": True}
        if ask_for_usage:
            body.setdefault("stream_options", {"include_usage": True})
        return _encode(body)


def models() -> Call[list[ListedModel]]:
    """`GET /models`."""
    return Call("/models", responses.read_models)


def chat(
    model: str,
    messages: Sequence[Mapping[str, object]],
    options: Mapping[str, object],
    *,
    fix_model_quirks: bool = True,
) -> StreamedCall[ChatCompletion]:
    """`POST /chat/completions`; `options` are the fields of `types.ChatOptions`, None is unset.

    Raises:
        InvalidRequestError: An argument breaks the contract.
    """
    request = _what_is_set(options, model=model, messages=messages)
    if isinstance(response_format := request.get("response_format"), Mapping):
        request["response_format"] = normalise_response_format(response_format)
    body = check(types.ChatCompletionRequest, request)
    offered = [tool["function"]["name"] for tool in body.get("tools", ())]
    names = ToolNames.of(offered)
    _settle_tool_choice(body, offered)
    _use_legal_names(body, names)
    _fill_in_content(body)
    on_wire = [names.to_wire(name) for name in offered]
    assembler = partial(ChatAssembler, model, names, on_wire, fix_model_quirks=fix_model_quirks)
    return StreamedCall("/chat/completions", _with_extra_body(body), assembler)


def completion(model: str, prompt: str, options: Mapping[str, object]) -> StreamedCall[Completion]:
    """`POST /completions`; `options` are the fields of `types.CompletionOptions`."""
    body = check(types.CompletionRequest, _what_is_set(options, model=model, prompt=prompt))
    return StreamedCall("/completions", _with_extra_body(body), CompletionAssembler)


def embeddings(model: str, texts: Sequence[str], options: Mapping[str, object]) -> Call[Embeddings]:
    """`POST /embeddings`; an empty text is sent as a blank, which the hub takes."""
    request = _what_is_set(options, model=model, input=texts, encoding_format="float")
    body = check(types.EmbeddingRequest, request)
    body["input"] = [text or " " for text in body["input"]]
    read = partial(responses.read_embeddings, expected=len(body["input"]))
    return Call("/embeddings", read, _with_extra_body(body))


def rerank(
    model: str,
    query: str,
    documents: Sequence[str | Mapping[str, JsonValue]],
    top_n: int | None = None,
) -> Call[list[RankedDocument]]:
    """`POST /rerank`; the answer is sorted by score, best first."""
    request = _what_is_set({"top_n": top_n}, model=model, query=query, documents=documents)
    body = check(types.RerankRequest, request)
    read = partial(responses.read_ranking, documents=len(body["documents"]))
    return Call("/rerank", read, body)


def images(model: str, prompt: str, options: Mapping[str, object]) -> Call[list[GeneratedImage]]:
    """`POST /images/generations`; the size is sent as it was spelled."""
    body = check(types.ImageGenerationRequest, _what_is_set(options, model=model, prompt=prompt))
    wanted = body.get("n", 1)
    read = partial(responses.read_images, expected=wanted)
    return Call("/images/generations", read, _with_extra_body(body), images=wanted)


def _what_is_set(options: Mapping[str, object], **required: object) -> dict[str, object]:
    return required | {name: value for name, value in options.items() if value is not None}


def _with_extra_body(body: Mapping[str, object]) -> dict[str, object]:
    sent = dict(body)
    extra = cast("dict[str, JsonValue]", sent.pop("extra_body", {}))
    return sent | extra


def _settle_tool_choice(body: types.ChatCompletionRequest, offered: Sequence[str]) -> None:
    """Drop a tool choice that says nothing; refuse one that no tool can satisfy."""
    choice = body.get("tool_choice")
    if not body.get("tools"):
        body.pop("tools", None)
        body.pop("parallel_tool_calls", None)
        if choice in ("none", "auto"):
            del body["tool_choice"]
        elif choice is not None:
            raise InvalidRequestError(
                "tool_choice demands a tool call, but there are no tools.",
                hint="Pass tools as well, or leave tool_choice out.",
                param="tool_choice",
            )
    elif isinstance(choice, dict) and choice["function"]["name"] not in offered:
        raise InvalidRequestError(
            f"tool_choice names {choice['function']['name']!r}, which is not among the tools.",
            hint="Name one of the tools.",
            param="tool_choice",
        )


def _use_legal_names(body: types.ChatCompletionRequest, names: ToolNames) -> None:
    """Write every tool name as the API takes it; `body` is the checked copy."""
    for tool in body.get("tools", []):
        tool["function"]["name"] = names.to_wire(tool["function"]["name"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        choice["function"]["name"] = names.to_wire(choice["function"]["name"])
    for message in body["messages"]:
        for call in message.get("tool_calls", ()):
            call["function"]["name"] = names.to_wire(call["function"]["name"])


def _fill_in_content(body: types.ChatCompletionRequest) -> None:
    """Write an empty text for None, which the API does not take; `body` is the checked copy."""
    for message in body["messages"]:
        if message["content"] is None:
            message["content"] = ""


def _encode(body: Mapping[str, object]) -> bytes:
    try:
        encoded = to_json(body, inf_nan_mode="constants")
        may_be_illegal = b"NaN" in encoded or b"Infinity" in encoded
        if not may_be_illegal or encoded == to_json(body, inf_nan_mode="null"):
            return encoded
        reason = "it holds a number that is not finite"
    except (PydanticSerializationError, UnicodeEncodeError, ValueError) as error:
        reason = str(error)
    raise InvalidRequestError(
        f"The request cannot be written as JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts, and valid Unicode.",
    )
