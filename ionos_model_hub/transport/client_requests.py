"""Requests that both clients build in the same way."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, cast

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.image_encoding import is_pil_image
from ionos_model_hub.transport.image_inputs import image_url
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.batching import Progress, split_batches
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.image_ranking import (
    DocumentFormat,
    RankInput,
    RankSource,
    check_document_list,
)
from ionos_model_hub.wire.request_types import (
    ChatMessage,
    ChatOptions,
    EmbeddingOptions,
    RerankOptions,
)
from ionos_model_hub.wire.requests import Request, StreamableRequest
from ionos_model_hub.wire.response_types import ChatCompletion, Embeddings, Ranking


def chat_request(
    settings: Settings, model: str, messages: Sequence[ChatMessage], options: ChatOptions
) -> StreamableRequest[ChatCompletion]:
    """Return a chat request; raises InvalidRequestError."""
    return requests.chat(
        model,
        messages,
        options,
        fix_model_quirks=settings.fix_model_quirks,
        repair_conversation=settings.repair_conversation,
    )


def embedding_requests(
    model: str, texts: Sequence[str], batch_size: int, options: EmbeddingOptions
) -> list[Request[Embeddings]]:
    """Return one request per batch of texts; raises InvalidRequestError."""
    built: list[Request[Embeddings]] = []
    first_index = 0
    for batch in split_batches(texts, batch_size):
        built.append(requests.embeddings(model, batch, options, first_index=first_index))
        first_index += len(batch)
    return built


def check_concurrency(concurrency: object) -> None:
    """Raise InvalidRequestError for a number of requests in flight that is below 1."""
    if isinstance(concurrency, int) and concurrency < 1:
        raise InvalidRequestError(
            f"concurrency must be at least 1, got {concurrency}.", param="concurrency"
        )


def edit_urls(image: ImageSource, mask: ImageSource | None) -> tuple[str, str | None]:
    """Return the URLs of an image and of its mask, which may be data URLs.

    Raises:
        InvalidRequestError: One of them cannot be read; `param` is `image` or `mask`.
    """
    return image_url(image, "image"), None if mask is None else image_url(mask, "mask")


def rank_request(
    model: str,
    query: RankSource,
    documents: Sequence[RankSource],
    options: RerankOptions,
    document_format: DocumentFormat,
) -> Request[Ranking]:
    """Return a rerank request; files are read. Raises InvalidRequestError."""
    check_document_list(documents, document_format)
    return requests.rerank(
        model,
        _rank_input(query, "query"),
        [_rank_input(each, f"documents[{index}]") for index, each in enumerate(documents)],
        options,
        document_format=document_format,
    )


def _rank_input(source: RankSource, name: str) -> RankInput:
    """Return an image as a content part, and all else unchanged."""
    if isinstance(source, list | tuple):
        return [_rank_item(item, f"{name}[{index}]") for index, item in enumerate(source)]
    return _rank_item(source, name)


def _rank_item(source: object, name: str) -> str | Mapping[str, Any]:
    if isinstance(source, bytes | PathLike) or is_pil_image(source):
        url = image_url(cast("ImageSource", source), name)
        return {"type": "image_url", "image_url": {"url": url}}
    return cast("str", source)


def report_vectors(progress: Progress | None) -> Callable[[Embeddings], object]:
    """Return a function that calls `progress` with the number of vectors of a response."""
    if progress is None:
        return ignore
    return lambda response: progress(len(response.vectors))


def ignore(_: object) -> None:
    """Report nothing."""
