"""IONOSRerank with images."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from PIL import Image

from ionos_model_hub.emulator import Emulator, render_page
from langchain_ionos import IONOSRerank, image_block
from langchain_ionos.errors import IONOSInvalidRequestError

RED = Image.new("RGB", (64, 64), "red")


def red_url() -> str:
    file = BytesIO()
    RED.save(file, "PNG")
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"


PAGE = render_page("Invoice 4711 of the water company")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    path.write_bytes(PAGE)
    return path


async def ranked(rerank: IONOSRerank, is_async: bool, documents: Any, query: Any) -> list[int]:
    method = rerank.arerank if is_async else None
    results = await method(documents, query) if method else rerank.rerank(documents, query)
    return [result["index"] for result in results]


@pytest.mark.parametrize("is_async", [False, True])
async def test_images_and_blocks(ionos_emulator_env: Emulator, page: Path, is_async: bool) -> None:
    rerank = IONOSRerank(top_n=1)
    documents = ["A blue car", RED, page, [dict(image_block(page)), "Page 1"], Document("Dogs.")]
    assert await ranked(rerank, is_async, documents, "red image") == [1]
    assert (await ranked(rerank, is_async, documents, "the water company"))[0] in (2, 3)
    assert await ranked(rerank, is_async, ["a blue thing", "a red thing"], RED) == [1]


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("document_format", ["list", "object"])
async def test_images_of_documents(
    ionos_emulator_env: Emulator, page: Path, is_async: bool, document_format: Any
) -> None:
    rerank = IONOSRerank(top_n=1, image_key="image", document_format=document_format)
    documents = [
        Document("A blue car"),
        Document("", metadata={"image": red_url()}),
        Document("Page 1", metadata={"image": str(page)}),
        Document("Cat", metadata={"image": "https://example.org/cat.jpg"}),
        Document("Page 2", metadata={"image": PAGE}),
    ]
    for query, index in (("red image", 1), ("the water company", 2), ("cat jpg", 3)):
        if is_async:
            (best,) = await rerank.acompress_documents(documents, query)
        else:
            (best,) = rerank.compress_documents(documents, query)
        assert best.page_content in (documents[index].page_content, "Page 2")
        assert best.metadata["relevance_score"] > 0
    kinds = {str(type(r.json["documents"]).__name__) for r in ionos_emulator_env.requests}
    assert kinds == {"list" if document_format == "list" else "dict"}


def test_images_are_ignored_by_default(ionos_emulator_env: Emulator) -> None:
    documents = [Document("a", metadata={"image": "missing.png"})]
    assert IONOSRerank().compress_documents(documents, "q")


@pytest.mark.parametrize("is_async", [False, True])
async def test_unreadable_image_is_an_error_of_langchain(
    ionos_emulator_env: Emulator, is_async: bool
) -> None:
    rerank = IONOSRerank(image_key="image")
    documents = [Document("a", metadata={"image": "missing.png"})]
    with pytest.raises(IONOSInvalidRequestError, match="cannot be read") as caught:
        await ranked(rerank, is_async, documents, "q")
    assert caught.value.param == "documents[0][0]"
