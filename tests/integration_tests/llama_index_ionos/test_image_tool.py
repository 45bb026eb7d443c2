import asyncio
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ImageBlock, TextBlock
from llama_index.core.tools import ToolOutput

from ionos_model_hub.catalogue import DEFAULT_IMAGE_MODEL
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.errors import BadRequestError, InvalidRequestError
from llama_index_ionos import IONOS, IONOSImageToolSpec

Generate = Callable[..., list[TextBlock | ImageBlock]]


def called(spec: IONOSImageToolSpec, prompt: str, **options: Any) -> ToolOutput:
    (tool,) = spec.to_tool_list()
    return tool.call(prompt=prompt, **options)


async def acalled(spec: IONOSImageToolSpec, prompt: str, **options: Any) -> ToolOutput:
    (tool,) = spec.to_tool_list()
    return await tool.acall(prompt=prompt, **options)


WAYS: list[Generate] = [
    lambda spec, *args, **options: spec.generate_image(*args, **options),
    lambda spec, *args, **options: asyncio.run(spec.agenerate_image(*args, **options)),
    lambda spec, prompt, **options: called(spec, prompt, **options).raw_output,
    lambda spec, prompt, **options: asyncio.run(acalled(spec, prompt, **options)).raw_output,
]
every_way = pytest.mark.parametrize("generate", WAYS)


@pytest.fixture
def spec(ionos_emulator_env: Emulator, tmp_path: Path) -> IONOSImageToolSpec:
    return IONOSImageToolSpec(directory=tmp_path / "images")


@every_way
def test_an_image_is_saved_and_named(spec: IONOSImageToolSpec, generate: Generate) -> None:
    told, image = generate(spec, "a house")

    assert isinstance(told, TextBlock)
    assert isinstance(image, ImageBlock)
    assert image.path is not None
    assert told.text == f"Image saved to {image.path}."
    assert image.path.parent == spec.directory
    assert (image.path.suffix, image.image_mimetype) == (".png", "image/png")
    assert image.path.read_bytes().startswith(b"\x89PNG")
    assert image.image is None


@every_way
def test_n_images_are_n_files(spec: IONOSImageToolSpec, generate: Generate) -> None:
    blocks = generate(spec, "a house", n=3)

    paths = {block.path for block in blocks if isinstance(block, ImageBlock)}
    assert [type(block) for block in blocks] == [TextBlock, ImageBlock] * 3
    assert len(paths) == 3
    assert set(spec.directory.iterdir()) == paths


@every_way
@pytest.mark.parametrize("size", ["1024x1024", "1792*1024"])
def test_both_spellings_of_a_size_are_sent(
    spec: IONOSImageToolSpec, generate: Generate, size: str, ionos_emulator: Emulator
) -> None:
    generate(spec, "a house", size=size)

    (request,) = ionos_emulator.requests
    assert request.json == {
        "model": DEFAULT_IMAGE_MODEL,
        "prompt": "a house",
        "n": 1,
        "size": size,
    }


@pytest.mark.parametrize("generate", WAYS[:2])
@pytest.mark.parametrize(
    ("wrong", "param"), [({"size": "big"}, "size"), ({"n": 0}, "n"), ({"prompt": ""}, "prompt")]
)
def test_wrong_arguments_are_not_sent(
    spec: IONOSImageToolSpec,
    generate: Generate,
    wrong: dict[str, Any],
    param: str,
    ionos_emulator: Emulator,
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        generate(spec, **{"prompt": "a house", **wrong})
    assert caught.value.param == param
    assert ionos_emulator.requests == []


@pytest.mark.parametrize("generate", WAYS[:2])
def test_the_hubs_refusal_is_raised(generate: Generate, ionos_emulator_env: Emulator) -> None:
    spec = IONOSImageToolSpec(model="black-forest-labs/FLUX.1-schnell")
    with pytest.raises(BadRequestError, match="size"):
        generate(spec, "a house", size="1792x1024")


@every_way
def test_a_revised_prompt_and_other_formats_are_told(
    spec: IONOSImageToolSpec, generate: Generate, ionos_emulator: Emulator
) -> None:
    jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="
    image = {"b64_json": jpeg, "revised_prompt": "A red house."}
    ionos_emulator.script(Reply(json={"data": [image]}))

    told, block = generate(spec, "a house")

    assert block.path.suffix == ".jpg"
    assert told.text == f"Image saved to {block.path}. It shows: A red house."


def test_without_a_directory_images_go_to_one_for_temporary_files(
    ionos_emulator_env: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spec = IONOSImageToolSpec()
    assert list(tmp_path.iterdir()) == []

    for prompt in ("a house", "a tree"):
        spec.generate_image(prompt)

    assert list(tmp_path.iterdir()) == [spec.directory]
    assert len(list(spec.directory.iterdir())) == 2


def test_the_model_sees_a_short_description_and_the_arguments(spec: IONOSImageToolSpec) -> None:
    (tool,) = spec.to_tool_list()

    parameters = tool.metadata.get_parameters_dict()
    assert tool.metadata.name == "generate_image"
    assert tool.metadata.description.startswith("Makes images")
    assert parameters["required"] == ["prompt"]
    assert {name: field["type"] for name, field in parameters["properties"].items()} == {
        "prompt": "string",
        "n": "integer",
        "size": "string",
    }


def test_it_pickles_without_the_key(ionos_emulator: Emulator, tmp_path: Path) -> None:
    url = ionos_emulator.base_url
    spec = IONOSImageToolSpec(api_key="geheim-4711", api_base=url, directory=tmp_path)

    pickled = pickle.dumps(spec)

    assert b"4711" not in pickled
    assert "4711" not in repr(vars(spec))
    assert len(pickle.loads(pickled).generate_image("a house")) == 2


def test_the_agents_model_is_told_only_the_paths(spec: IONOSImageToolSpec) -> None:
    for output in (called(spec, "a house", n=2), asyncio.run(acalled(spec, "a house", n=2))):
        paths = [block.path for block in output.raw_output if isinstance(block, ImageBlock)]
        assert output.content == "\n".join(f"Image saved to {path}." for path in paths)
        assert [type(block) for block in output.blocks] == [TextBlock]


@pytest.mark.parametrize(
    ("chat_model", "show_images"),
    [("openai/gpt-oss-120b", False), ("mistralai/Mistral-Small-24B-Instruct", True)],
)
# The workflows behind agents look at every attribute of a model.
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecationWarning")
def test_an_agent_makes_an_image(
    chat_model: str, show_images: bool, ionos_emulator_env: Emulator, tmp_path: Path
) -> None:
    spec = IONOSImageToolSpec(directory=tmp_path, show_images=show_images)

    async def ask() -> str:
        agent = FunctionAgent(llm=IONOS(model=chat_model), tools=spec.to_tool_list())
        return str(await agent.run("Generate an image of a house"))

    answer = asyncio.run(ask())

    (path,) = tmp_path.iterdir()
    _, made, told = ionos_emulator_env.requests
    (result,) = (message for message in told.json["messages"] if message["role"] == "tool")
    assert made.path == "/v1/images/generations"
    assert str(path) in str(result["content"])
    assert ("data:image/png;base64," in str(told.json)) == show_images
    assert answer
