"""Images are reranked through `Client` and `AsyncClient`."""

from pathlib import Path
from typing import Any

import pytest
from integration_tests.ionos_model_hub.client_callers import Caller
from PIL import Image

from ionos_model_hub import BadRequestError, InvalidRequestError, image_part
from ionos_model_hub.emulator import Emulator, Reply, render_page

RED = Image.new("RGB", (64, 64), "red")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.png"
    path.write_bytes(render_page("Invoice 4711 of the water company"))
    return path


def test_images_and_texts(caller: Caller, page: Path, ionos_emulator: Emulator) -> None:
    documents: list[Any] = [
        "A blue car",
        RED,
        page,
        page.read_bytes(),
        [image_part("https://example.org/cat.jpg"), "Cats purr."],
    ]
    assert caller.call("rerank", "red image", documents)[0].index == 1
    assert caller.call("rerank", "the water company", documents, top_n=1)[0].index in (2, 3)
    assert caller.call("rerank", "purring cats", documents)[0].index == 4
    sent = ionos_emulator.requests[0].json["documents"]
    assert [type(document) for document in sent] == [str, dict, dict, dict, dict]


def test_image_as_query(caller: Caller) -> None:
    ranking = caller.call("rerank", RED, ["a blue thing", "a red thing"], top_n=1)
    assert [document.index for document in ranking] == [1]


def test_documents_as_one_object(caller: Caller, ionos_emulator: Emulator) -> None:
    documents = ["A blue car", RED]
    ranking = caller.call("rerank", "red image", documents, document_format="object")
    assert ranking[0].index == 1
    assert len(ionos_emulator.requests[0].json["documents"]["content"]) == 2


def test_texts_are_not_read_as_paths(caller: Caller, page: Path) -> None:
    assert len(caller.call("rerank", "q", [str(page), "missing.png"])) == 2


@pytest.mark.parametrize(
    ("documents", "param"),
    [
        ([Path("missing.png")], "documents[0]"),
        (["a", ["b", b"%PDF"]], "documents[1][1]"),
        ("a", "documents"),
    ],
)
def test_unreadable_images_are_named(
    caller: Caller, documents: Any, param: str, ionos_emulator: Emulator
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        caller.call("rerank", "q", documents)
    assert caught.value.param == param
    assert ionos_emulator.requests == []


def test_rejection_names_the_other_form(caller: Caller, ionos_emulator: Emulator) -> None:
    message = "Input should be a valid string"
    ionos_emulator.script(Reply(status=400, json={"error": {"message": message}}))
    with pytest.raises(BadRequestError, match="document_format='object'"):
        caller.call("rerank", "q", [RED])
