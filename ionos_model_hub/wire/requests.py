"""Build the request of each endpoint, in the form that the hub accepts."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_json

from ionos_model_hub.errors import InvalidRequestError, ModelHubError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire import responses
from ionos_model_hub.wire.assembly import (
    Answer,
    Assembler,
    ChatAssembler,
    CompletionAssembler,
)
from ionos_model_hub.wire.call_options import NO_OPTIONS, OPTION_NAMES, CallOptions
from ionos_model_hub.wire.conversation_repair import repair_conversation as repaired
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Embeddings,
    GeneratedImage,
    ListedModel,
    Ranking,
)
from ionos_model_hub.wire.strict_schemas import normalise_response_format
from ionos_model_hub.wire.surrogates import find_surrogate
from ionos_model_hub.wire.text_errors import RequestTexts
from ionos_model_hub.wire.tool_calls import history_arguments
from ionos_model_hub.wire.tool_names import ToolNames
from ionos_model_hub.wire.validation import check

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request of the API, and how its response is read.

    Attributes:
        path: Path below the base URL.
        read: Turns the parsed response into a value; raises ResponseError.
        body: The JSON body; None makes it a GET.
        images: Number of requested images, which have a rate limit of their own.
        options: Headers, query parameters and timeouts of this call.
        texts: The texts of an embedding or rerank request, to name them in errors.
    """

    path: str
    read: Callable[[JsonValue], T]
    body: Mapping[str, object] | None = None
    images: int = 0
    options: CallOptions = NO_OPTIONS
    texts: RequestTexts | None = None

    def encoded(self) -> bytes | None:
        """Return the body as JSON, or None for a GET."""
        return None if self.body is None else _encode(self.body, self.texts)

    def explain(self, error: ModelHubError) -> None:
        """Complete an error of this request: name the text that is too long."""
        if self.texts:
            self.texts.locate(error)


@dataclass(frozen=True, slots=True)
class StreamedCall(Generic[Answer]):
    """A request whose response may be streamed.

    Attributes:
        path: Path below the base URL.
        body: The JSON body.
        assembler: Creates the assembler of the response.
        options: Headers, query parameters and timeouts of this call.
    """

    path: str
    body: Mapping[str, object]
    assembler: Callable[[], Assembler[Answer]]
    options: CallOptions = NO_OPTIONS

    def unstreamed(self) -> Call[Answer]:
        """Return the request for the complete response in one piece."""
        return Call(self.path, self._read_body, self.body, options=self.options)

    def _read_body(self, body: JsonValue) -> Answer:
        return self.assembler().parse_body(body)

    def encoded_for_stream(self, *, ask_for_usage: bool) -> bytes:
        """Return the body as JSON, with the fields that request a stream."""
        body = {**self.body, "stream": True}
        if ask_for_usage:
            body.setdefault("stream_options", {"include_usage": True})
        return _encode(body)


def models(options: Mapping[str, object] | None = None) -> Call[list[ListedModel]]:
    """`GET /models`."""
    return Call("/models", responses.read_models, options=CallOptions.of(options or {}))


def chat(
    model: str,
    messages: Sequence[Mapping[str, object]],
    options: Mapping[str, object],
    *,
    fix_model_quirks: bool = True,
    repair_conversation: bool = False,
) -> StreamedCall[ChatCompletion]:
    """`POST /chat/completions`.

    Args:
        model: The model.
        messages: The conversation. The arguments of earlier tool calls are sent as JSON objects.
        options: The fields of `types.ChatOptions`; None is unset.
        fix_model_quirks: Whether known model quirks are fixed in the response.
        repair_conversation: Whether messages are reordered and merged for strict chat templates.

    Raises:
        InvalidRequestError: An argument violates the contract.
    """
    request = _set_fields(options, model=model, messages=messages)
    _reject_built_in_tools(request.get("tools"))
    if isinstance(response_format := request.get("response_format"), Mapping):
        request["response_format"] = normalise_response_format(response_format)
    body = check(types.ChatCompletionRequest, request)
    if repair_conversation:
        body["messages"] = repaired(body["messages"])
    functions = [tool["function"] for tool in body.get("tools", ())]
    tools = {function["name"]: function.get("parameters", {}) for function in functions}
    names = ToolNames.of(function["name"] for function in functions)
    _check_tool_choice(body, tools)
    _use_wire_names(body, names)
    _fill_in_messages(body)
    assembler = partial(ChatAssembler, model, names, tools, fix_model_quirks=fix_model_quirks)
    return StreamedCall(
        "/chat/completions", _with_extra_body(body), assembler, CallOptions.of(options)
    )


def completion(model: str, prompt: str, options: Mapping[str, object]) -> StreamedCall[Completion]:
    """`POST /completions`; `options` are the fields of `types.CompletionOptions`."""
    body = check(types.CompletionRequest, _set_fields(options, model=model, prompt=prompt))
    return StreamedCall(
        "/completions", _with_extra_body(body), CompletionAssembler, CallOptions.of(options)
    )


def embeddings(
    model: str, texts: Sequence[str], options: Mapping[str, object], *, first_index: int = 0
) -> Call[Embeddings]:
    """`POST /embeddings`; an empty text, which the hub rejects, is sent as a space.

    Args:
        model: The embedding model.
        texts: The texts of this request.
        options: The fields of `types.EmbeddingOptions`; None is unset.
        first_index: Index of the first text in the caller's list, for error messages.
    """
    request = _set_fields(options, model=model, input=texts, encoding_format="float")
    body = check(types.EmbeddingRequest, request)
    body["input"] = [text or " " for text in body["input"]]
    read = partial(
        responses.read_embeddings,
        expected=len(body["input"]),
        dimensions=body.get("dimensions"),
    )
    lengths = [len(text) for text in body["input"]]
    return Call(
        "/embeddings",
        read,
        _with_extra_body(body),
        options=CallOptions.of(options),
        texts=RequestTexts("input", lengths, first_index),
    )


def rerank(
    model: str,
    query: str,
    documents: Sequence[str | Mapping[str, JsonValue]],
    options: Mapping[str, object],
) -> Call[Ranking]:
    """`POST /rerank`; the response is sorted by score, best first, and cut to `top_n`."""
    request = _set_fields(options, model=model, query=query, documents=documents)
    body = check(types.RerankRequest, request)
    read = partial(
        responses.read_ranking, documents=len(body["documents"]), top_n=body.get("top_n")
    )
    lengths = [
        len(document if isinstance(document, str) else str(document.get("text", "")))
        for document in body["documents"]
    ]
    return Call(
        "/rerank",
        read,
        _with_extra_body(body),
        options=CallOptions.of(options),
        texts=RequestTexts("documents", lengths),
    )


def images(model: str, prompt: str, options: Mapping[str, object]) -> Call[list[GeneratedImage]]:
    """`POST /images/generations`; the size is sent as written."""
    body = check(types.ImageGenerationRequest, _set_fields(options, model=model, prompt=prompt))
    count = body.get("n", 1)
    read = partial(responses.read_images, expected=count)
    options_of_call = CallOptions.of(options)
    return Call("/images/generations", read, _with_extra_body(body), count, options_of_call)


def _set_fields(options: Mapping[str, object], **required: object) -> dict[str, object]:
    """Return the fields of a body that are set."""
    return required | {
        name: value
        for name, value in options.items()
        if value is not None and name not in OPTION_NAMES
    }


def _with_extra_body(body: Mapping[str, object]) -> dict[str, object]:
    merged = dict(body)
    extra = cast("dict[str, JsonValue]", merged.pop("extra_body", {}))
    return merged | extra


def _reject_built_in_tools(tools: object) -> None:
    """Reject tools that other providers run themselves, such as `web_search_preview`."""
    for index, tool in enumerate(tools if isinstance(tools, list | tuple) else ()):
        kind = tool.get("type", "function") if isinstance(tool, Mapping) else "function"
        if kind != "function":
            raise InvalidRequestError(
                f"{kind!r} is a built-in tool of another provider; the hub has no built-in tools.",
                hint='Pass a function: {"type": "function", "function": {"name": …}}.',
                param=f"tools[{index}].type",
            )


def _check_tool_choice(body: types.ChatCompletionRequest, tools: Container[str]) -> None:
    """Remove a tool choice that has no effect; reject one that no tool can satisfy."""
    choice = body.get("tool_choice")
    if not body.get("tools"):
        body.pop("tools", None)
        body.pop("parallel_tool_calls", None)
        if choice in ("none", "auto"):
            del body["tool_choice"]
        elif choice is not None:
            raise InvalidRequestError(
                "tool_choice requires a tool call, but there are no tools.",
                hint="Pass tools as well, or remove tool_choice.",
                param="tool_choice",
            )
    elif isinstance(choice, dict) and choice["function"]["name"] not in tools:
        raise InvalidRequestError(
            f"tool_choice names {choice['function']['name']!r}, which is not among the tools.",
            hint="Name one of the tools.",
            param="tool_choice",
        )


def _use_wire_names(body: types.ChatCompletionRequest, names: ToolNames) -> None:
    """Replace tool names that the API rejects, in the checked copy."""
    for tool in body.get("tools", []):
        tool["function"]["name"] = names.to_wire(tool["function"]["name"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        choice["function"]["name"] = names.to_wire(choice["function"]["name"])
    for message in body["messages"]:
        for call in message.get("tool_calls", ()):
            call["function"]["name"] = names.to_wire(call["function"]["name"])


def _fill_in_messages(body: types.ChatCompletionRequest) -> None:
    """Replace contents and arguments that the API rejects, in the checked copy."""
    for message in body["messages"]:
        if message["content"] is None:
            message["content"] = ""
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = history_arguments(call["function"]["arguments"])


def _encode(body: Mapping[str, object], texts: RequestTexts | None = None) -> bytes:
    try:
        encoded = to_json(body, inf_nan_mode="constants")
        may_be_illegal = b"NaN" in encoded or b"Infinity" in encoded
        if not may_be_illegal or encoded == to_json(body, inf_nan_mode="null"):
            return encoded
        reason = "it contains a number that is not finite"
    except (PydanticSerializationError, UnicodeEncodeError, ValueError) as error:
        reason = str(error)
    if place := find_surrogate(body):
        place = texts.rename(place) if texts else place
        raise InvalidRequestError(
            f"{place} contains half of a character (a lone surrogate), which UTF-8 cannot encode.",
            hint="Remove it, or replace it: text.encode('utf-8', 'replace').decode().",
            param=place,
        )
    raise InvalidRequestError(
        f"The request cannot be encoded as JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts, and valid Unicode.",
    )
