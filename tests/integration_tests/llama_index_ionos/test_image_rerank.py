"""IONOSRerank with the images of nodes."""

import asyncio
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.schema import ImageNode, MediaResource, Node, NodeWithScore, TextNode
from PIL import Image

from ionos_model_hub.emulator import Emulator, render_page
from ionos_model_hub.errors import InvalidRequestError
from llama_index_ionos import IONOSRerank


def red_file() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def nodes(tmp_path: Path) -> list[NodeWithScore]:
    page = tmp_path / "page.png"
    page.write_bytes(render_page("Invoice 4711 of the water company"))
    listed: list[Any] = [
        TextNode(text="A blue car"),
        ImageNode(image=b64encode(red_file()).decode()),
        ImageNode(image_path=str(page), text="Page 1"),
        ImageNode(image_url="https://example.org/cat.jpg"),
        Node(image_resource=MediaResource(data=red_file(), mimetype="image/png")),
        Node(text_resource=MediaResource(text="Dogs bark.")),
        ImageNode(text="no image"),
    ]
    return [NodeWithScore(node=node, score=0.5) for node in listed]


def run(rerank: IONOSRerank, is_async: bool, nodes: list[NodeWithScore], query: str) -> list[int]:
    if is_async:
        ranked = asyncio.run(rerank.apostprocess_nodes(nodes, query_str=query))
    else:
        ranked = rerank.postprocess_nodes(nodes, query_str=query)
    ids = [node.node.node_id for node in nodes]
    return [ids.index(node.node.node_id) for node in ranked]


@pytest.mark.parametrize("is_async", [False, True])
def test_images_are_ranked_with_texts(
    ionos_emulator_env: Emulator, nodes: list[NodeWithScore], is_async: bool
) -> None:
    rerank = IONOSRerank(rerank_images=True, top_n=2)
    assert set(run(rerank, is_async, nodes, "red image")) == {1, 4}
    assert run(rerank, is_async, nodes, "the water company")[0] == 2
    assert run(rerank, is_async, nodes, "cat jpg")[0] == 3
    sent = ionos_emulator_env.requests[0].json["documents"]
    parts = [
        [part["type"] for part in document["content"]] if isinstance(document, dict) else document
        for document in sent
    ]
    image = ["image_url"]
    texts = ["A blue car", "Dogs bark.", "no image"]
    assert parts == [texts[0], image, ["image_url", "text"], image, image, *texts[1:]]


@pytest.mark.parametrize("is_async", [False, True])
def test_images_are_ranked_as_one_object(
    ionos_emulator_env: Emulator, nodes: list[NodeWithScore], is_async: bool
) -> None:
    rerank = IONOSRerank(rerank_images=True, document_format="object")
    assert set(run(rerank, is_async, nodes, "red image")) == {1, 4}
    sent = ionos_emulator_env.requests[0].json["documents"]
    assert len(sent["content"]) == len(nodes)


def test_only_texts_are_ranked_by_default(
    ionos_emulator_env: Emulator, nodes: list[NodeWithScore]
) -> None:
    IONOSRerank().postprocess_nodes(nodes, query_str="q")
    (request,) = ionos_emulator_env.requests
    assert all(isinstance(document, str) for document in request.json["documents"])


@pytest.mark.parametrize("is_async", [False, True])
def test_unreadable_image_is_named(ionos_emulator_env: Emulator, is_async: bool) -> None:
    nodes = [NodeWithScore(node=ImageNode(image_path="missing.png"))]
    with pytest.raises(InvalidRequestError, match="cannot be read") as caught:
        run(IONOSRerank(rerank_images=True), is_async, nodes, "q")
    assert caught.value.param == "documents[0]"
    assert ionos_emulator_env.requests == []
