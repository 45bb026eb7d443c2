"""Requests that both clients build in the same way."""

from collections.abc import Callable, Sequence

from ionos_model_hub.settings import Settings
from ionos_model_hub.transport.image_inputs import image_url
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.batching import Progress, split_batches
from ionos_model_hub.wire.image_blocks import ImageSource
from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions, EmbeddingOptions
from ionos_model_hub.wire.requests import Request, StreamableRequest
from ionos_model_hub.wire.response_types import ChatCompletion, Embeddings


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


def edit_urls(image: ImageSource, mask: ImageSource | None) -> tuple[str, str | None]:
    """Return the URLs of an image and of its mask, which may be data URLs.

    Raises:
        InvalidRequestError: One of them cannot be read; `param` is `image` or `mask`.
    """
    return image_url(image, "image"), None if mask is None else image_url(mask, "mask")


def report_vectors(progress: Progress | None) -> Callable[[Embeddings], object]:
    """Return a function that calls `progress` with the number of vectors of a response."""
    if progress is None:
        return ignore
    return lambda response: progress(len(response.vectors))


def ignore(_: object) -> None:
    """Report nothing."""
