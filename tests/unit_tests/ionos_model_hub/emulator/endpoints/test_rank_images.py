"""Images in rerank requests are ranked by their colours, shape and text."""

import base64
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from ionos_model_hub.emulator import render_page
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.endpoints.rerank import rerank
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.profiles import HUB, VLLM

RERANKER = "Qwen/Qwen3-VL-Reranker-8B"
CONFIGS = [ServerConfig(today=date(2026, 11, 1), profile=profile) for profile in (HUB, VLLM)]
each_profile = pytest.mark.parametrize("config", CONFIGS, ids=["hub", "vllm"])


def part(image: Image.Image | bytes | str) -> dict[str, Any]:
    if isinstance(image, Image.Image):
        file = BytesIO()
        image.save(file, "PNG")
        image = file.getvalue()
    if isinstance(image, bytes):
        image = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    return {"type": "image_url", "image_url": {"url": image}}


RED, BLUE = part(Image.new("RGB", (64, 64), "red")), part(Image.new("RGB", (64, 32), "blue"))


def best(config: ServerConfig, query: Any, documents: Any) -> int:
    body = {"model": RERANKER, "query": query, "documents": documents}
    results = rerank(body, config)["results"]
    return max(results, key=lambda result: result["relevance_score"])["index"]


@each_profile
@pytest.mark.parametrize(("query", "index"), [("red", 0), ("a blue image", 1), ("cats purr", 2)])
def test_list_of_texts_and_objects(config: ServerConfig, query: str, index: int) -> None:
    documents = [{"content": [RED]}, {"content": [BLUE]}, "Cats purr."]
    assert best(config, query, documents) == index


@each_profile
def test_object_with_the_documents(config: ServerConfig) -> None:
    text = {"type": "text", "text": "Cats purr."}
    assert best(config, "blue", {"content": [RED, BLUE, text]}) == 1
    assert best(config, "cats", {"content": [RED, BLUE, text]}) == 2


@each_profile
def test_query_with_an_image(config: ServerConfig) -> None:
    assert best(config, {"content": [RED]}, ["a blue thing", "a red thing"]) == 1


@each_profile
def test_pages_are_ranked_by_their_text(config: ServerConfig) -> None:
    pages = [render_page("Invoice 4711"), render_page("Terms of delivery")]
    documents = [{"content": [part(page)]} for page in pages]
    assert best(config, "terms of delivery", documents) == 1


def test_urls_are_not_fetched() -> None:
    documents = [{"content": [part(f"https://example.org/{name}.png")]} for name in ("cat", "dog")]
    assert best(CONFIGS[0], "dog", documents) == 1


@pytest.mark.parametrize(
    ("size", "tokens"), [((64, 32), 2), ((95, 95), 4), ((1296, 1936), 1247), ((32, 32), 1)]
)
def test_images_count_a_token_for_each_block(size: tuple[int, int], tokens: int) -> None:
    def count(documents: list[Any]) -> int:
        body = {"model": RERANKER, "query": "q", "documents": documents}
        return int(rerank(body, CONFIGS[0])["usage"]["total_tokens"])

    image = Image.new("RGB", size, "red")
    shape = "square" if size[0] == size[1] else "wide" if size[0] > size[1] else "tall"
    assert count([{"content": [part(image)]}]) == count([f"red {shape} image"]) + tokens


@each_profile
@pytest.mark.parametrize(
    "content",
    [[{"type": "audio"}], [5], [{"type": "image_url"}], [part("data:image/png;base64,aGk=")]],
)
def test_invalid_parts_are_rejected(config: ServerConfig, content: list[Any]) -> None:
    for query, documents in (("q", [{"content": content}]), ({"content": content}, ["a"])):
        with pytest.raises(ApiError) as caught:
            best(config, query, documents)
        assert caught.value.status == 400
