"""IONOSImageTool: the text for the chat model and the images for the user."""

from base64 import b64decode, b64encode
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelAPIError
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException
from langchain_server import Connect, Respond

from langchain_ionos.image_tool import IONOSImageTool

PNG, JPEG = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0..."
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 "


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def server(sent: list[dict[str, Any]]) -> Respond:
    def respond(body: dict[str, Any]) -> httpx.Response:
        sent.append(body)
        picture = (PNG, JPEG, WEBP)[len(sent) % 3 - 1]
        image = {"b64_json": b64encode(picture).decode(), "revised_prompt": "A blue lake"}
        return httpx.Response(200, json={"data": [image]})

    return respond


def call(tool: IONOSImageTool, **args: Any) -> ToolMessage:
    message: ToolMessage = tool.invoke(
        {"type": "tool_call", "id": "1", "name": tool.name, "args": args}
    )
    return message


def test_artifact_contains_the_images(
    connect: Connect, server: Respond, sent: list[dict[str, Any]]
) -> None:
    tool = IONOSImageTool(**connect(server), n=3)
    message = call(tool, prompt="A lake")
    images = {block["mime_type"]: block for block in message.artifact}
    assert len(message.artifact) == 3
    assert images.keys() == {"image/png", "image/jpeg", "image/webp"}
    jpeg = images["image/jpeg"]
    assert b64decode(jpeg["base64"]) == tool.image_store.get(jpeg["extras"]["name"]) == JPEG
    assert jpeg["extras"]["revised_prompt"] == "A blue lake"
    assert jpeg["extras"]["name"] in message.text
    assert [block["type"] for block in message.content_blocks] == ["text"]
    assert "3 images" in message.text
    assert "A blue lake" in message.text
    assert [body["prompt"] for body in sent] == ["A lake"] * 3
    assert [body["n"] for body in sent] == [1] * 3
    assert "size" not in sent[0]


def test_images_are_shown_to_the_model_on_request(connect: Connect, server: Respond) -> None:
    message = call(IONOSImageTool(**connect(server), show_to_model=True), prompt="A lake")
    assert [block["type"] for block in message.content_blocks] == ["text", "image"]
    assert message.content_blocks[1] == message.artifact[0]


@pytest.mark.parametrize("size", ["1024x1024", "1024*1792"])
async def test_size_is_sent_as_written(
    connect: Connect, server: Respond, sent: list[dict[str, Any]], size: str
) -> None:
    tool = IONOSImageTool(**connect(server), size=size)
    call(tool, prompt="A lake")
    call(tool, prompt="A lake", size="512x512", n=2)
    await tool.ainvoke({"prompt": "A lake", "size": size})
    assert [body["size"] for body in sent] == [size, "512x512", "512x512", size]
    assert [body["n"] for body in sent] == [1] * 4


def test_rejected_requests_are_reported_to_the_model(connect: Connect) -> None:
    fields = connect(
        lambda _: httpx.Response(400, json={"error": {"message": "That prompt is not allowed"}})
    )
    message = call(IONOSImageTool(**fields), prompt="A lake")
    assert message.status == "error"
    assert "That prompt is not allowed" in message.text
    message = call(IONOSImageTool(**fields), prompt="A lake", size="large")
    assert message.status == "error"
    assert "1024x1024" in message.text
    with pytest.raises(ToolException, match="not allowed"):
        call(IONOSImageTool(**fields, handle_tool_error=False), prompt="A lake")


async def test_other_failures_are_raised(connect: Connect) -> None:
    tool = IONOSImageTool(
        **connect(lambda _: httpx.Response(500, json={"error": {"message": "down"}})),
        max_retries=0,
    )
    with pytest.raises(ModelAPIError, match="down"):
        call(tool, prompt="A lake")
    with pytest.raises(ModelAPIError, match="down"):
        await tool.ainvoke({"prompt": "A lake"})


def test_schema_for_the_model() -> None:
    schema: Any = IONOSImageTool(api_key="k").tool_call_schema
    assert schema.model_json_schema()["required"] == ["prompt"]
    assert set(schema.model_json_schema()["properties"]) == {"prompt", "size", "n"}
