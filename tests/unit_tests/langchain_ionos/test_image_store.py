"""ImageStore keeps images by name, in memory or in a directory."""

import copy
import pickle
from pathlib import Path

import pytest
from PIL import Image

from ionos_model_hub.errors import InvalidRequestError
from langchain_ionos import ImageStore, IONOSImageTool

GIF = b"GIF89a..."


def test_names_depend_on_contents_and_format() -> None:
    store = ImageStore()
    names = [store.add(data) for data in (GIF, b"\xff\xd8\xff\xe0", GIF, Image.new("L", (1, 1)))]
    assert names[0] == names[2]
    assert [name.rpartition(".")[2] for name in names] == ["gif", "jpg", "gif", "png"]
    assert store.get(names[0]) == GIF
    assert store.names() == names[1:]


def test_oldest_images_in_memory_are_removed() -> None:
    store = ImageStore(max_images=2)
    first, *others = [store.add_file(bytes([number])) for number in range(3)]
    assert store.names() == others
    with pytest.raises(InvalidRequestError, match="There is no image") as caught:
        store.get(first)
    assert str(caught.value.hint).endswith(f"{others[0]}, {others[1]}.")


def test_image_that_is_stored_again_is_the_latest() -> None:
    store = ImageStore(max_images=2)
    first, second, *_, third = [store.add_file(bytes([number])) for number in (0, 1, 0, 2)]
    assert store.names() == [first, third]
    assert second not in store.names()


def test_files_of_a_directory(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "new" / "folder")
    assert store.names() == []
    name = store.add(GIF)
    assert store.directory is not None
    (store.directory / "photo.gif").write_bytes(GIF)
    assert (store.directory / name).read_bytes() == GIF
    assert store.names() == [name, "photo.gif"]
    assert store.get("photo.gif") == GIF
    assert store.path(name) == store.directory / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../secret", "/etc/hostname", "a/b", "a\0b", "x" * 300]
)
def test_names_do_not_lead_out_of_the_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    store = ImageStore(tmp_path / "images")
    with pytest.raises(InvalidRequestError, match="There is no image") as caught:
        store.get(name)
    assert (caught.value.param, caught.value.hint) == ("image", "Use one of these names: none yet.")


def test_urls_cannot_be_stored() -> None:
    with pytest.raises(InvalidRequestError, match="only the server can download"):
        ImageStore().add("https://example.org/a.png")


def test_store_is_shared_by_tools_and_not_part_of_their_representation() -> None:
    store = ImageStore()
    tool = IONOSImageTool(api_key="any", image_store=store)
    name = store.add(GIF)
    assert tool.image_store is store
    assert "image_store" not in repr(tool)
    assert "image_store" not in tool.model_dump()
    assert pickle.loads(pickle.dumps(tool)).image_store.get(name) == GIF
    assert copy.deepcopy(tool).image_store.names() == [name]
