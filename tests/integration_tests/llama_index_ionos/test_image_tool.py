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


def call(spec: IONOSImageToolSpec, prompt: str, **options: Any) -> ToolOutput:
    tool, _ = spec.to_tool_list()
    return tool.call(prompt=prompt, **options)


async def acall(spec: IONOSImageToolSpec, prompt: str, **options: Any) -> ToolOutput:
    tool, _ = spec.to_tool_list()
    return await tool.acall(prompt=prompt, **options)


METHODS: list[Generate] = [
    lambda spec, *args, **options: spec.generate_image(*args, **options),
    lambda spec, *args, **options: asyncio.run(spec.agenerate_image(*args, **options)),
    lambda spec, prompt, **options: call(spec, prompt, **options).raw_output,
    lambda spec, prompt, **options: asyncio.run(acall(spec, prompt, **options)).raw_output,
]
all_methods = pytest.mark.parametrize("generate", METHODS)


@pytest.fixture
def spec(ionos_emulator_env: Emulator, tmp_path: Path) -> IONOSImageToolSpec:
    return IONOSImageToolSpec(directory=tmp_path / "images")


@all_methods
def test_image_is_saved_and_its_path_returned(spec: IONOSImageToolSpec, generate: Generate) -> None:
    text, image = generate(spec, "a house")

    assert isinstance(text, TextBlock)
    assert isinstance(image, ImageBlock)
    assert image.path is not None
    assert text.text == f"Image saved to {image.path}."
    assert image.path.parent == spec.directory
    assert (image.path.suffix, image.image_mimetype) == (".png", "image/png")
    assert image.path.read_bytes().startswith(b"\x89PNG")
    assert image.image is None


@all_methods
def test_n_images_are_saved_as_n_files(
    spec: IONOSImageToolSpec, generate: Generate, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(*[Reply(images=[bytes([number])]) for number in range(3)])
    blocks = generate(spec, "a house", n=3)

    paths = {block.path for block in blocks if isinstance(block, ImageBlock)}
    assert [type(block) for block in blocks] == [TextBlock, ImageBlock] * 3
    assert len(paths) == 3
    assert set(spec.directory.iterdir()) == paths


@all_methods
@pytest.mark.parametrize("size", ["1024x1024", "1792*1024"])
def test_size_is_sent_unchanged(
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


@pytest.mark.parametrize("generate", METHODS[:2])
@pytest.mark.parametrize(
    ("arguments", "param"), [({"size": "big"}, "size"), ({"n": 0}, "n"), ({"prompt": ""}, "prompt")]
)
def test_invalid_arguments_are_not_sent(
    spec: IONOSImageToolSpec,
    generate: Generate,
    arguments: dict[str, Any],
    param: str,
    ionos_emulator: Emulator,
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        generate(spec, **{"prompt": "a house", **arguments})
    assert caught.value.param == param
    assert ionos_emulator.requests == []


@pytest.mark.parametrize("generate", METHODS[:2])
def test_size_that_the_model_does_not_support(
    generate: Generate, ionos_emulator_env: Emulator
) -> None:
    spec = IONOSImageToolSpec(model="black-forest-labs/FLUX.1-schnell")
    with pytest.raises(InvalidRequestError, match="size='1024x1024'"):
        generate(spec, "a house", size="1792x1024")
    assert ionos_emulator_env.requests == []


@pytest.mark.parametrize("generate", METHODS[:2])
def test_error_of_the_api_is_raised(
    generate: Generate, spec: IONOSImageToolSpec, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(Reply(status=400, json={"error": {"message": "not allowed"}}))
    with pytest.raises(BadRequestError, match="not allowed"):
        generate(spec, "a house")


@all_methods
def test_revised_prompt_and_file_format(
    spec: IONOSImageToolSpec, generate: Generate, ionos_emulator: Emulator
) -> None:
    jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="
    image = {"b64_json": jpeg, "revised_prompt": "A red house."}
    ionos_emulator.script(Reply(json={"data": [image]}))

    text, block = generate(spec, "a house")

    assert block.path.suffix == ".jpg"
    assert text.text == f"Image saved to {block.path}. Prompt used: A red house."


def test_default_directory_is_temporary(
    ionos_emulator_env: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spec = IONOSImageToolSpec()
    assert list(tmp_path.iterdir()) == []

    for prompt in ("a house", "a tree"):
        spec.generate_image(prompt)

    assert list(tmp_path.iterdir()) == [spec.directory]
    assert len(list(spec.directory.iterdir())) == 2


def test_tool_description_and_parameters(spec: IONOSImageToolSpec) -> None:
    tool, _ = spec.to_tool_list()

    parameters = tool.metadata.get_parameters_dict()
    assert tool.metadata.name == "generate_image"
    assert tool.metadata.description.startswith("Generates images")
    assert parameters["required"] == ["prompt"]
    assert {name: field["type"] for name, field in parameters["properties"].items()} == {
        "prompt": "string",
        "n": "integer",
        "size": "string",
    }


def test_pickle_does_not_contain_the_key(ionos_emulator: Emulator, tmp_path: Path) -> None:
    url = ionos_emulator.base_url
    spec = IONOSImageToolSpec(api_key="geheim-4711", api_base=url, directory=tmp_path)

    pickled = pickle.dumps(spec)

    assert b"4711" not in pickled
    assert "4711" not in repr(vars(spec))
    assert len(pickle.loads(pickled).generate_image("a house")) == 2


def test_model_sees_only_paths(spec: IONOSImageToolSpec) -> None:
    for output in (call(spec, "a house", n=2), asyncio.run(acall(spec, "a house", n=2))):
        paths = [block.path for block in output.raw_output if isinstance(block, ImageBlock)]
        assert output.content == "\n".join(f"Image saved to {path}." for path in paths)
        assert [type(block) for block in output.blocks] == [TextBlock]


@pytest.mark.parametrize("show_images", [False, True])
def test_subclass_with_further_tools(ionos_emulator_env: Emulator, show_images: bool) -> None:
    class Spec(IONOSImageToolSpec):
        spec_functions = [*IONOSImageToolSpec.spec_functions, "describe", "measure"]  # noqa: RUF012

        def describe(self, path: str) -> str:
            """Describe an image."""
            return f"{path} is red."

        def measure(self, path: str) -> dict[str, int]:
            """Return the size of an image."""
            return {"width": 64}

    *_, describe, measure = Spec(show_images=show_images).to_tool_list()

    assert "Describe an image." in describe.metadata.description
    assert describe("a.png").content == "a.png is red."
    assert measure("a.png").content == "{'width': 64}"


@pytest.mark.parametrize(
    ("chat_model", "show_images"),
    [("openai/gpt-oss-120b", False), ("mistralai/Mistral-Small-24B-Instruct", True)],
)
# LlamaIndex's workflows read deprecated attributes of pydantic models.
@pytest.mark.filterwarnings("ignore::pydantic.PydanticDeprecationWarning")
def test_agent_generates_image(
    chat_model: str, show_images: bool, ionos_emulator_env: Emulator, tmp_path: Path
) -> None:
    spec = IONOSImageToolSpec(directory=tmp_path, show_images=show_images)

    async def ask() -> str:
        agent = FunctionAgent(llm=IONOS(model=chat_model), tools=spec.to_tool_list())
        return str(await agent.run("Generate an image of a house"))

    response = asyncio.run(ask())

    (path,) = tmp_path.iterdir()
    _, generation, final = ionos_emulator_env.requests
    (result,) = (message for message in final.json["messages"] if message["role"] == "tool")
    assert generation.path == "/v1/images/generations"
    assert str(path) in str(result["content"])
    assert ("data:image/png;base64," in str(final.json)) == show_images
    assert response
