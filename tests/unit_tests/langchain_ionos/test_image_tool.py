"""IONOSImageTool: what the model is told, what the user gets."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelAPIError
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException

from langchain_ionos.image_tool import IONOSImageTool

Connect = Callable[..., dict[str, Any]]
PNG, JPEG = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def hub(sent: list[dict[str, Any]]) -> Callable[[dict[str, Any]], httpx.Response]:
    def answer(body: dict[str, Any]) -> httpx.Response:
        sent.append(body)
        pictures = [PNG, JPEG, WEBP][: body["n"]]
        data = [{"b64_json": b64encode(picture).decode()} for picture in pictures]
        data[0]["revised_prompt"] = "A blue lake"
        return httpx.Response(200, json={"data": data})

    return answer


def called(tool: IONOSImageTool, **args: Any) -> ToolMessage:
    message: ToolMessage = tool.invoke(
        {"type": "tool_call", "id": "1", "name": tool.name, "args": args}
    )
    return message


def test_images_are_in_the_artifact(connect: Connect, hub: Any, sent: list[dict[str, Any]]) -> None:
    message = called(IONOSImageTool(**connect(hub), n=3), prompt="A lake")
    assert [block["mime_type"] for block in message.artifact] == [
        "image/png",
        "image/jpeg",
        "image/webp",
    ]
    assert b64decode(message.artifact[1]["base64"]) == JPEG
    assert message.artifact[0]["extras"]["revised_prompt"] == "A blue lake"
    assert [block["type"] for block in message.content_blocks] == ["text"]
    assert "3 images" in message.text
    assert "A blue lake" in message.text
    assert sent[0]["prompt"] == "A lake"
    assert "size" not in sent[0]


def test_a_model_with_vision_may_see_them(connect: Connect, hub: Any) -> None:
    message = called(IONOSImageTool(**connect(hub), show_to_model=True), prompt="A lake")
    assert [block["type"] for block in message.content_blocks] == ["text", "image"]
    assert message.content_blocks[1] == message.artifact[0]


@pytest.mark.parametrize("size", ["1024x1024", "1024*1792"])
async def test_sizes_go_out_as_spelled(
    connect: Connect, hub: Any, sent: list[dict[str, Any]], size: str
) -> None:
    tool = IONOSImageTool(**connect(hub), size=size)
    called(tool, prompt="A lake")
    called(tool, prompt="A lake", size="512x512", n=2)
    await tool.ainvoke({"prompt": "A lake", "size": size})
    assert [body["size"] for body in sent] == [size, "512x512", size]
    assert [body["n"] for body in sent] == [1, 2, 1]


def test_what_the_hub_refuses_is_told_to_the_model(connect: Connect) -> None:
    refused = connect(
        lambda _: httpx.Response(400, json={"error": {"message": "That prompt is not allowed"}})
    )
    message = called(IONOSImageTool(**refused), prompt="A lake")
    assert message.status == "error"
    assert "That prompt is not allowed" in message.text
    message = called(IONOSImageTool(**refused), prompt="A lake", size="large")
    assert message.status == "error"
    assert "1024x1024" in message.text
    with pytest.raises(ToolException, match="not allowed"):
        called(IONOSImageTool(**refused, handle_tool_error=False), prompt="A lake")


async def test_what_no_model_can_mend_is_raised(connect: Connect) -> None:
    tool = IONOSImageTool(
        **connect(lambda _: httpx.Response(500, json={"error": {"message": "down"}})),
        max_retries=0,
    )
    with pytest.raises(ModelAPIError, match="down"):
        called(tool, prompt="A lake")
    with pytest.raises(ModelAPIError, match="down"):
        await tool.ainvoke({"prompt": "A lake"})


def test_the_schema_a_model_sees() -> None:
    schema: Any = IONOSImageTool(api_key="k").tool_call_schema
    assert schema.model_json_schema()["required"] == ["prompt"]
    assert set(schema.model_json_schema()["properties"]) == {"prompt", "size", "n"}
