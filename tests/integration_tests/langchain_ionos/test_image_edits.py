"""IONOSImageEditTool and ImageStore, alone and in an agent."""

from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import ToolException
from langchain_tests.integration_tests import ToolsIntegrationTests
from PIL import Image

from ionos_model_hub.emulator import Call, Emulator, Reply
from langchain_ionos import ChatIONOS, ImageStore, IONOSImageEditTool, IONOSImageTool

MISTRAL = "mistralai/Mistral-Small-24B-Instruct"


def grey_file() -> bytes:
    file = BytesIO()
    Image.new("RGB", (128, 64), (100, 100, 100)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(params=["memory", "directory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images" if request.param == "directory" else None)


@pytest.fixture
def tool(ionos_emulator_env: Emulator, store: ImageStore) -> IONOSImageEditTool:
    return IONOSImageEditTool(image_store=store)


async def call(tool: IONOSImageEditTool, is_async: bool, **args: Any) -> ToolMessage:
    request = {"type": "tool_call", "id": "1", "name": tool.name, "args": args}
    message = await tool.ainvoke(request) if is_async else tool.invoke(request)
    assert isinstance(message, ToolMessage)
    return message


def opened(block: Any) -> Image.Image:
    return Image.open(BytesIO(b64decode(block["base64"])))


@pytest.mark.parametrize("is_async", [False, True])
async def test_stored_image_is_edited(
    tool: IONOSImageEditTool, store: ImageStore, is_async: bool
) -> None:
    name = store.add(grey_file())
    message = await call(tool, is_async, image=name, prompt="make it black")
    (block,) = message.artifact
    image = opened(block)
    assert (image.size, image.getpixel((0, 0))) == ((128, 64), (50, 50, 50))
    assert message.status == "success"
    assert (
        message.text == f"1 image was edited, and the user can see it: {block['extras']['name']}."
    )
    assert store.get(block["extras"]["name"]) == b64decode(block["base64"])
    assert sorted(store.names()) == sorted({name, block["extras"]["name"]})


@pytest.mark.parametrize("is_async", [False, True])
async def test_url_mask_size_and_number(
    tool: IONOSImageEditTool, store: ImageStore, is_async: bool, ionos_emulator: Emulator
) -> None:
    mask = store.add(Image.new("L", (8, 8), "white"))
    message = await call(
        tool,
        is_async,
        image="https://example.org/a.png",
        prompt="make it black",
        mask=mask,
        size="64x128",
        n=2,
    )
    assert [opened(block).size for block in message.artifact] == [(64, 128)] * 2
    assert "2 images were edited" in message.text
    forms = [request.json for request in ionos_emulator.requests]
    assert [form["url"] for form in forms] == ["https://example.org/a.png"] * 2
    assert all(form["mask_image"].startswith("data:image/png;base64,") for form in forms)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"image": "missing.png"}, "There is no image 'missing.png'. Use one of these names: "),
        ({"image": "/etc/hostname"}, "There is no image"),
        ({"image": "../outside.png"}, "There is no image"),
        ({"image": "data:image/png;base64,aGk="}, "There is no image"),
        ({"image": "https://example.org/a.png", "mask": "missing.png"}, "There is no image"),
        ({"image": "https://example.org/a.png", "size": "100x100"}, "size='96x96'"),
    ],
)
async def test_mistakes_are_reported_to_the_model(
    tool: IONOSImageEditTool,
    args: dict[str, str],
    problem: str,
    is_async: bool,
    tmp_path: Path,
    ionos_emulator: Emulator,
) -> None:
    (tmp_path / "outside.png").write_bytes(grey_file())
    message = await call(tool, is_async, prompt="a", **args)
    assert message.status == "error"
    assert problem in message.text
    assert ionos_emulator.requests == []
    tool.handle_tool_error = False
    with pytest.raises(ToolException):
        await call(tool, is_async, prompt="a", **args)


def test_errors_of_the_api_are_reported_to_the_model(tool: IONOSImageEditTool) -> None:
    tool.model = "black-forest-labs/FLUX.1-schnell"
    message = tool.invoke(
        {
            "type": "tool_call",
            "id": "1",
            "name": tool.name,
            "args": {"image": "https://example.org/a.png", "prompt": "a"},
        }
    )
    assert message.status == "error"
    assert "does not support this endpoint" in message.text


@pytest.mark.parametrize("show_to_model", [False, True])
async def test_agent_generates_edits_and_passes_on_an_image(
    store: ImageStore, show_to_model: bool, ionos_emulator_env: Emulator
) -> None:
    options: dict[str, Any] = {"image_store": store, "show_to_model": show_to_model}
    tools = [IONOSImageTool(**options, size="64x64"), IONOSImageEditTool(**options)]
    agent = create_agent(ChatIONOS(model=MISTRAL), tools)

    def edit_last_image(request: Any) -> Reply | None:
        if request.endpoint != "chat" or "made" not in request.text:
            return None
        name = request.text.rpartition(" ")[2].removesuffix(".")
        return Reply(tool_calls=[Call("edit_image", image=name, prompt="make it black")])

    ionos_emulator_env.script(
        Reply(tool_calls=[Call("generate_image", prompt="a house")], endpoint="chat"),
        edit_last_image,
        Reply(text="Done.", endpoint="chat"),
    )
    state = await agent.ainvoke({"messages": [HumanMessage("Draw a black house")]})
    generated, edited = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert state["messages"][-1].text == "Done."
    assert opened(generated.artifact[0]).size == opened(edited.artifact[0]).size == (64, 64)
    assert generated.artifact[0]["base64"] != edited.artifact[0]["base64"]
    endpoints = [request.endpoint for request in ionos_emulator_env.requests]
    assert endpoints == ["chat", "images", "chat", "image_edits", "chat"]
    edit = ionos_emulator_env.requests[3].json
    assert edit["url"] == f"data:image/png;base64,{generated.artifact[0]['base64']}"
    last = ionos_emulator_env.requests[-1].json["messages"]
    assert ("image_url" in str(last)) is show_to_model


@pytest.mark.usefixtures("ionos_emulator_env")
class TestStandard(ToolsIntegrationTests):
    @property
    def tool_constructor(self) -> type[IONOSImageEditTool]:
        return IONOSImageEditTool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"image": "https://example.org/a.png", "prompt": "A lighthouse", "size": "64x64"}
