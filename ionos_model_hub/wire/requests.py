"""Build the request of each endpoint, in the form that the hub accepts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar, cast

from pydantic import JsonValue
from pydantic_core import to_json

from ionos_model_hub.errors import InvalidRequestError, ModelHubError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire import responses
from ionos_model_hub.wire.assembly import (
    Assembler,
    ChatAssembler,
    CompletionAssembler,
    ResponseT,
)
from ionos_model_hub.wire.call_options import NO_OPTIONS, OPTION_NAMES, CallOptions
from ionos_model_hub.wire.chat_body import build_chat_body
from ionos_model_hub.wire.image_ranking import (
    DocumentFormat,
    RankInput,
    check_document_list,
    encode_documents,
    encode_input,
    text_of,
)
from ionos_model_hub.wire.response_types import (
    ChatCompletion,
    Completion,
    Embeddings,
    ListedModel,
    Ranking,
)
from ionos_model_hub.wire.surrogates import find_surrogate
from ionos_model_hub.wire.text_errors import RequestTexts
from ionos_model_hub.wire.validation import check

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request to one endpoint, and the function that reads its response.

    Attributes:
        path: Path below the base URL.
        read: Turns the parsed response into a value; raises ResponseError.
        body: The JSON body, or None for a GET.
        images: Number of requested images, which have a rate limit of their own.
        options: Headers, query parameters and timeouts of this call.
        texts: The texts of an embedding or rerank request, to name them in errors.
        form: An encoded form, sent instead of `body`; `options` contains its content type.
    """

    path: str
    read: Callable[[JsonValue], T]
    body: Mapping[str, object] | None = None
    images: int = 0
    options: CallOptions = NO_OPTIONS
    texts: RequestTexts | None = None
    form: bytes | None = None

    def encode(self) -> bytes | None:
        """Return the form, or the body as JSON, or None for a GET."""
        if self.body is None or self.form is not None:
            return self.form
        return _encode(self.body, self.texts)

    def explain(self, error: ModelHubError) -> None:
        """Name the text that is too long in an error of this request."""
        if self.texts:
            self.texts.locate(error)


@dataclass(frozen=True, slots=True)
class StreamableRequest(Generic[ResponseT]):
    """A request whose response may be streamed.

    Attributes:
        path: Path below the base URL.
        body: The JSON body.
        assembler: Creates the assembler of the response.
        options: Headers, query parameters and timeouts of this call.
    """

    path: str
    body: Mapping[str, object]
    assembler: Callable[[], Assembler[ResponseT]]
    options: CallOptions = NO_OPTIONS

    def non_streamed(self) -> Request[ResponseT]:
        """Return the request for the complete response in one piece."""
        # Bound options apply to streamed and other calls; the API rejects these without a stream.
        body = {name: value for name, value in self.body.items() if name != "stream_options"}
        return Request(self.path, self._read_body, body, options=self.options)

    def _read_body(self, body: JsonValue) -> ResponseT:
        return self.assembler().parse_body(body)

    def encode_for_stream(self, *, include_usage: bool) -> bytes:
        """Return the body as JSON, with the fields that request a stream."""
        body = {**self.body, "stream": True}
        if include_usage:
            body.setdefault("stream_options", {"include_usage": True})
        return _encode(body)


def models(options: Mapping[str, object] | None = None) -> Request[list[ListedModel]]:
    """`GET /models`."""
    return Request("/models", responses.read_models, options=CallOptions.of(options or {}))


def chat(
    model: str,
    messages: Sequence[Mapping[str, object]],
    options: Mapping[str, object],
    *,
    fix_model_quirks: bool = True,
    repair_conversation: bool = False,
) -> StreamableRequest[ChatCompletion]:
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
    fields = set_fields(options, model=model, messages=messages)
    body, tools, names = build_chat_body(fields, repair=repair_conversation)
    assembler = partial(ChatAssembler, model, names, tools, fix_model_quirks=fix_model_quirks)
    return StreamableRequest(
        "/chat/completions", with_extra_body(body), assembler, CallOptions.of(options)
    )


def completion(
    model: str, prompt: str, options: Mapping[str, object]
) -> StreamableRequest[Completion]:
    """`POST /completions`; `options` are the fields of `types.CompletionOptions`."""
    body = check(types.CompletionRequest, set_fields(options, model=model, prompt=prompt))
    return StreamableRequest(
        "/completions", with_extra_body(body), CompletionAssembler, CallOptions.of(options)
    )


def embeddings(
    model: str, texts: Sequence[str], options: Mapping[str, object], *, first_index: int = 0
) -> Request[Embeddings]:
    """`POST /embeddings`; an empty text, which the hub rejects, is sent as a space.

    Args:
        model: The embedding model.
        texts: The texts of this request.
        options: The fields of `types.EmbeddingOptions`; None is unset.
        first_index: Index of the first text in the caller's list, for error messages.
    """
    request = set_fields(options, model=model, input=texts, encoding_format="float")
    body = check(types.EmbeddingRequest, request)
    body["input"] = [text or " " for text in body["input"]]
    read = partial(
        responses.read_embeddings,
        expected=len(body["input"]),
        dimensions=body.get("dimensions"),
    )
    lengths = [len(text) for text in body["input"]]
    return Request(
        "/embeddings",
        read,
        with_extra_body(body),
        options=CallOptions.of(options),
        texts=RequestTexts("input", lengths, first_index),
    )


def rerank(
    model: str,
    query: RankInput,
    documents: Sequence[RankInput],
    options: Mapping[str, object],
    *,
    document_format: DocumentFormat = "list",
) -> Request[Ranking]:
    """`POST /rerank`; the response is sorted by score, best first, and cut to `top_n`.

    Args:
        model: The rerank model.
        query: The query.
        documents: The documents.
        options: The fields of `types.RerankOptions`; None is unset.
        document_format: Form of documents with images; see `image_ranking`.
    """
    check_document_list(documents, document_format)
    encoded = [encode_input(each, f"documents[{index}]") for index, each in enumerate(documents)]
    request = set_fields(
        options, model=model, query=encode_input(query, "query"), documents=encoded
    )
    body = check(types.RerankRequest, request)
    listed = body["documents"]
    read = partial(responses.read_ranking, documents=len(listed), top_n=body.get("top_n"))
    lengths = [len(text_of(document)) for document in listed]
    return Request(
        "/rerank",
        read,
        with_extra_body({**body, "documents": encode_documents(listed, document_format)}),
        options=CallOptions.of(options),
        texts=RequestTexts("documents", lengths),
    )


def set_fields(options: Mapping[str, object], **required: object) -> dict[str, object]:
    """Return the fields of a body that are set."""
    return required | {
        name: value
        for name, value in options.items()
        if value is not None and name not in OPTION_NAMES
    }


def with_extra_body(body: Mapping[str, object]) -> dict[str, object]:
    """Return a body with the fields of `extra_body`, which replace those of the same name."""
    merged = dict(body)
    extra = cast("dict[str, JsonValue]", merged.pop("extra_body", {}))
    return merged | extra


def _encode(body: Mapping[str, object], texts: RequestTexts | None = None) -> bytes:
    try:
        encoded = to_json(body, inf_nan_mode="constants")
        may_be_illegal = b"NaN" in encoded or b"Infinity" in encoded
        if not may_be_illegal or encoded == to_json(body, inf_nan_mode="null"):
            return encoded
        reason = "it contains a number that is not finite"
    except ValueError as error:
        reason = str(error)
    check_surrogates(body, texts)
    raise InvalidRequestError(
        f"The request cannot be encoded as JSON: {reason}.",
        hint="Pass only strings, numbers, booleans, None, lists and dicts, and valid Unicode.",
    )


def check_surrogates(body: Mapping[str, object], texts: RequestTexts | None = None) -> None:
    """Raise InvalidRequestError if a text of a body cannot be encoded as UTF-8."""
    if place := find_surrogate(body):
        place = texts.rename(place) if texts else place
        raise InvalidRequestError(
            f"{place} contains half of a character (a lone surrogate), which UTF-8 cannot encode.",
            hint="Remove it, or replace it: text.encode('utf-8', 'replace').decode().",
            param=place,
        )
