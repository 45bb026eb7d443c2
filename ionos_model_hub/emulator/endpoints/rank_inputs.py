"""Queries and documents of a rerank request with images, as texts.

The forms are those of vLLM: an object `{"content": [part, ...]}` in place of a text, or in place of
the list of documents, each of which is then one part.
"""

from typing import Any, NamedTuple

from ionos_model_hub.emulator.errors import bad_request
from ionos_model_hub.emulator.images.description import describe_for_ranking
from ionos_model_hub.emulator.json_type import Json


class RankTexts(NamedTuple):
    """A rerank request with texts in place of images.

    Attributes:
        body: The request body.
        image_tokens: Number of tokens of the images of the query, and of each document.
    """

    body: Json
    image_tokens: list[int]


def replace_images(body: Json) -> RankTexts:
    """Describe the images of a rerank request.

    Raises:
        ApiError: A part is not a text or an image.
    """
    documents: Any = body.get("documents")
    if _has_parts(documents):
        documents = [{"content": [part]} for part in documents["content"]]
    inputs: list[tuple[str, Any]] = [("query", body.get("query"))]
    listed = documents if isinstance(documents, list) else [documents]
    inputs += [(f"documents.{index}", each) for index, each in enumerate(listed)]
    texts = [_as_text(value, field) for field, value in inputs]
    replaced: Json = {"query": texts[0][0]} if "query" in body else {}
    if isinstance(documents, list):
        replaced["documents"] = [text for text, _ in texts[1:]]
    return RankTexts({**body, **replaced}, [tokens for _, tokens in texts])


def _has_parts(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("content"), list)


def _as_text(value: Any, field: str) -> tuple[Any, int]:
    """Return a text with the number of tokens of its images; other values are unchanged."""
    if not _has_parts(value):
        return value, 0
    parts = [_part_text(part, f"{field}.content.{n}") for n, part in enumerate(value["content"])]
    return "\n".join(text for text, _ in parts), sum(tokens for _, tokens in parts)


def _part_text(part: Any, field: str) -> tuple[str, int]:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text" and isinstance(part.get("text"), str):
        return part["text"], 0
    url = part.get("image_url") if kind == "image_url" else None
    if isinstance(url, dict) and isinstance(url.get("url"), str):
        return describe_for_ranking(url["url"], field)
    raise bad_request(f"Invalid value for '{field}': it must be a text or an image_url part", field)
