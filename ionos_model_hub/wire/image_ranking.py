"""Encode images and texts for reranking. Experimental, because servers differ.

IONOS documents that Qwen3-VL-Reranker ranks images, but not the form of the request. vLLM, the
engine behind the hub, has two forms: since 2026 a list whose items may be objects with the parts of
a document, before that one object whose parts are the documents.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast, get_args

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.image_blocks import ImageSource, is_image_block, to_image_part
from ionos_model_hub.wire.request_types import ContentPart

DocumentFormat = Literal["list", "object"]
"""`list`: `[text, {"content": [part, ...]}, ...]`; `object`: `{"content": [part, ...]}`."""

RankInput: TypeAlias = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""A text, an image block or part, several of them, or an object that is sent unchanged."""

RankSource: TypeAlias = ImageSource | Sequence[ImageSource]
"""A text (not a path), an image (path object, bytes, block or PIL image), or several of them."""


def check_document_list(documents: object, document_format: object) -> None:
    """Check the type of a list of documents, and the form of documents with images.

    Raises:
        InvalidRequestError: One of them is invalid; `param` names it.
    """
    if isinstance(documents, str | bytes | Mapping) or not isinstance(documents, Iterable):
        raise InvalidRequestError(
            f"documents must be a list, got {type(documents).__name__}.",
            hint="Pass a list of texts or images.",
            param="documents",
        )
    if document_format not in get_args(DocumentFormat):
        raise InvalidRequestError(
            f"document_format must be 'list' or 'object', got {document_format!r}.",
            param="document_format",
        )


def encode_input(value: RankInput, name: str) -> str | dict[str, Any]:
    """Return a text or an object unchanged, and images as an object with `content`.

    Args:
        value: A query or document.
        name: Its name, for error messages.

    Raises:
        InvalidRequestError: An item of a list is neither a text nor an image.

    Example:
        >>> encode_input({"type": "text", "text": "A cat"}, "query")
        'A cat'
    """
    if isinstance(value, Mapping):
        if not _is_part(value):
            return dict(value)
        value = [value]
    if not isinstance(value, list | tuple):
        return cast("str", value)  # a text, or checked with the request
    parts = [_to_part(item, f"{name}[{index}]") for index, item in enumerate(value)]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    return {"content": parts} if len(texts) < len(parts) else "\n".join(texts)


def encode_documents(
    documents: Sequence[str | dict[str, Any]], document_format: DocumentFormat
) -> object:
    """Return the field `documents`; texts alone are always a list.

    Args:
        documents: The documents as returned by `encode_input`.
        document_format: Form of documents with images.

    Raises:
        InvalidRequestError: The form `object` has one part per document, and one has several.
    """
    if document_format == "list" or not any(isinstance(each, dict) for each in documents):
        return documents
    return {"content": [_only_part(each, index) for index, each in enumerate(documents)]}


def text_of(value: object) -> str:
    """Return the text of a query or document."""
    if not isinstance(value, dict):
        return str(value)
    parts = value.get("content")
    if isinstance(parts, list):
        return "\n".join(part.get("text", "") for part in parts if isinstance(part, dict))
    return str(value.get("text", ""))


def _is_part(value: Mapping[str, Any]) -> bool:
    return is_image_block(value) or value.get("type") == "text"


def _to_part(item: object, name: str) -> ContentPart:
    if isinstance(item, str):
        return {"type": "text", "text": item}
    if isinstance(item, Mapping) and is_image_block(item):
        return to_image_part(item, name)
    if isinstance(item, Mapping) and isinstance(item.get("text"), str):
        return {"type": "text", "text": item["text"]}
    raise InvalidRequestError(
        f"{name} must be a text or an image, got {type(item).__name__}.", param=name
    )


def _only_part(document: str | dict[str, Any], index: int) -> ContentPart:
    if isinstance(document, str):
        return {"type": "text", "text": document}
    parts = document.get("content")
    if not isinstance(parts, list) or len(parts) != 1:
        raise InvalidRequestError(
            f"documents[{index}] must be one text or one image.",
            hint="Pass document_format='list' for documents with several parts.",
            param=f"documents[{index}]",
        )
    return cast("ContentPart", parts[0])
