"""Image edits with IONOSImageToolSpec, alone and in an agent."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from PIL import Image

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL
from ionos_model_hub.emulator import Call, Emulator, Reply
from ionos_model_hub.emulator.recorded import RecordedRequest
from ionos_model_hub.errors import ConfigurationError, InvalidRequestError
from llama_index_ionos import IONOS, IONOSImageToolSpec

Edit = Callable[..., list[TextBlock | ImageBlock]]

MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
METHODS: list[Edit] = [
    lambda spec, *args, **options: spec.edit_image(*args, **options),
    lambda spec, *args, **options: asyncio.run(spec.aedit_image(*args, **options)),
]
both_methods = pytest.mark.parametrize("edit", METHODS)


@pytest.fixture
def spec(ionos_emulator_env: Emulator, tmp_path: Path) -> IONOSImageToolSpec:
    return IONOSImageToolSpec(directory=tmp_path / "images")


def grey_file(encoding: str = "PNG") -> bytes:
    file = BytesIO()
    Image.new("RGB", (128, 64), (100, 100, 100)).save(file, encoding)
    return file.getvalue()


def opened(path: Path) -> Image.Image:
    """Return an image; its file is closed."""
    return Image.open(BytesIO(path.read_bytes()))


def path_of(blocks: list[TextBlock | ImageBlock]) -> Path:
    """Return the path of the only image."""
    text, image = blocks
    assert isinstance(text, TextBlock)
    assert isinstance(image, ImageBlock)
    assert isinstance(image.path, Path)
    assert text.text == f"Image saved to {image.path}."
    return image.path


@both_methods
def test_added_image_is_edited(spec: IONOSImageToolSpec, edit: Edit) -> None:
    source = spec.add_image(grey_file())
    path = path_of(edit(spec, str(source), "make it black"))
    assert {path, source} == set(spec.directory.iterdir())
    edited = opened(path)
    assert (edited.size, edited.getpixel((0, 0))) == ((128, 64), (50, 50, 50))
    assert path_of(edit(spec, source.name, "make it black")) == path


@both_methods
@pytest.mark.parametrize(
    "image",
    [
        grey_file(),
        Image.new("RGB", (128, 64), (100, 100, 100)),
        ImageBlock(image=grey_file()),
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        "https://example.org/a.png",
    ],
)
def test_images_of_each_source_are_edited(spec: IONOSImageToolSpec, edit: Edit, image: Any) -> None:
    path = path_of(edit(spec, image, "make it black", size="64x64"))
    assert opened(path).size == (64, 64)


def test_paths_of_the_programmer_are_read(spec: IONOSImageToolSpec, tmp_path: Path) -> None:
    file = tmp_path / "outside.png"
    file.write_bytes(grey_file())
    assert path_of(spec.edit_image(file, "make it black")).parent == spec.directory


@both_methods
@pytest.mark.parametrize(
    "name",
    [
        "outside.png",
        "{}/outside.png",
        "../outside.png",
        "",
        "..",
        "the lighthouse at dusk " * 20,
    ],
)
def test_text_does_not_name_files_outside_of_the_directory(
    spec: IONOSImageToolSpec, edit: Edit, name: str, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    (tmp_path / "outside.png").write_bytes(grey_file())
    with pytest.raises(InvalidRequestError, match="There is no image") as caught:
        edit(spec, name.format(tmp_path), "make it black")
    assert caught.value.param == "image"
    assert ionos_emulator.requests == []


def test_blocks_do_not_name_files(
    spec: IONOSImageToolSpec, tmp_path: Path, ionos_emulator: Emulator
) -> None:
    (tmp_path / "outside.png").write_bytes(grey_file())
    block = {"type": "image", "url": f"{tmp_path}/outside.png"}
    edit_image = spec.to_tool_list()[1]
    for arguments in ({"image": block}, {"image": "https://example.org/a.png", "mask": block}):
        with pytest.raises(InvalidRequestError, match="the URL of an image block must start"):
            edit_image(prompt="make it black", **arguments)
    assert ionos_emulator.requests == []


@both_methods
def test_mask_is_sent_with_each_version(
    spec: IONOSImageToolSpec, edit: Edit, ionos_emulator: Emulator
) -> None:
    image, mask = spec.add_image(grey_file()), spec.add_image(Image.new("L", (128, 64), "white"))
    ionos_emulator.script(*[Reply(images=[bytes([number])]) for number in range(2)])
    blocks = edit(spec, str(image), "make it black", mask=str(mask), n=2)
    assert len(blocks) == 4
    assert [request.json["n"] for request in ionos_emulator.requests] == ["1", "1"]
    assert all(request.json["mask_image"] for request in ionos_emulator.requests)
    with pytest.raises(InvalidRequestError) as caught:
        edit(spec, str(image), "make it black", mask="missing.png")
    assert caught.value.param == "mask"


def test_images_have_the_requested_output_format(
    ionos_emulator_env: Emulator, tmp_path: Path
) -> None:
    spec = IONOSImageToolSpec(directory=tmp_path, output_format="webp")
    assert path_of(spec.generate_image("a house", size="64x64")).suffix == ".webp"
    path = path_of(spec.edit_image(grey_file(), "make it black"))
    assert (path.suffix, opened(path).format) == (".webp", "WEBP")


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (DEFAULT_IMAGE_MODEL, ["generate_image", "edit_image"]),
        ("some/other-model", ["generate_image", "edit_image"]),
        ("black-forest-labs/FLUX.1-schnell", ["generate_image"]),
    ],
)
def test_models_without_edits_have_no_tool_for_them(model: str, names: list[str]) -> None:
    spec = IONOSImageToolSpec(api_key="any", model=model)
    assert [tool.metadata.name for tool in spec.to_tool_list()] == names
    (only,) = spec.to_tool_list(spec_functions=["generate_image"])
    assert only.metadata.name == "generate_image"


def test_model_name_is_another_name_of_model() -> None:
    assert IONOSImageToolSpec(api_key="any", model_name="m").model == "m"
    with pytest.raises(ConfigurationError, match="model_nam"):
        IONOSImageToolSpec(api_key="any", model_nam="m")  # type: ignore[call-arg]


def generated_path(request: RecordedRequest) -> str:
    """Return the path in the last tool result of a chat."""
    return request.text.removeprefix("Image saved to ").removesuffix(".")


# LlamaIndex's workflows read deprecated attributes of pydantic models.
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecationWarning")
@pytest.mark.parametrize("show_images", [False, True])
def test_agent_generates_and_edits_an_image(
    show_images: bool, ionos_emulator_env: Emulator, tmp_path: Path
) -> None:
    spec = IONOSImageToolSpec(directory=tmp_path, show_images=show_images)
    ionos_emulator_env.script(
        Reply(tool_calls=[Call("generate_image", prompt="a house", size="64x64")], endpoint="chat"),
        lambda request: (
            Reply(tool_calls=[Call("edit_image", image=generated_path(request), prompt="black")])
            if request.endpoint == "chat"
            and "Image saved" in request.text
            and "edit_image" not in str(request.json["messages"])
            else None
        ),
        Reply(text="Done.", endpoint="chat"),
    )

    async def ask() -> str:
        agent = FunctionAgent(llm=IONOS(model=MISTRAL), tools=spec.to_tool_list())
        return str(await agent.run("Draw a black house"))

    assert asyncio.run(ask()) == "Done."
    generated, edited = sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    endpoints = [request.endpoint for request in ionos_emulator_env.requests]
    assert endpoints == ["chat", "images", "chat", "image_edits", "chat"]
    last = ionos_emulator_env.requests[-1].json["messages"]
    assert str(edited) in str(last[-1]["content"])
    assert ("image_url" in str(last[-1]["content"])) == show_images
    assert opened(generated).size == opened(edited).size == (64, 64)
