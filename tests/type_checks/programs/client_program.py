"""A program that uses the clients and the emulator."""

from pathlib import Path
from typing import assert_type

import httpx

from ionos_model_hub import (
    AsyncClient,
    Client,
    ModelHubError,
    RateLimitError,
    estimate_cost,
    find_model,
    image_part,
)
from ionos_model_hub.emulator import Emulator, Reply
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry, catalogue_cost
from ionos_model_hub.types import ChatMessage

history: list[ChatMessage] = [{"role": "user", "content": "Hello"}]

with Client(api_key="key", timeout=(5, 30), deadline=60, http_client=httpx.Client()) as client:
    completion = client.chat(history, temperature=0, extra_headers={"x-team": "harbour"})
    assert_type(completion.text, str)
    for delta in client.stream_chat(history):
        print(delta.text)
    vectors = client.embed(["a", "b"]).vectors
    print(vectors[0][:3], client.rerank("a", ["b"])[0].score)
    client.rerank(image_part("a.png"), [Path("a.png"), b"", ["b", image_part("https://e.org/a")]])
    for image in client.edit_image(Path("a.png"), "Make it blue", mask=b"", n=2, size="64x64"):
        assert_type(image.data, bytes)
        assert_type(image.mime_type, str | None)


def on_call(record: CallRecord) -> None:
    assert_type(record.cost, float | None)
    if record.usage:
        print(record.model, record.duration, record.usage.total_tokens)


Client(on_call=on_call, prices=catalogue_cost, telemetry=OpenTelemetry(spans=False))


async def run() -> None:
    async with AsyncClient() as client:
        assert_type((await client.chat(history)).text, str)
        async for delta in client.stream_chat(history):
            print(delta.text)


try:
    Client().chat(history)
except RateLimitError as error:
    assert_type(error.retry_after, float | None)
except ModelHubError as error:
    print(error.status_code, error.code, error.request_id, error.attempts)

if (model := find_model("openai/gpt-oss-120b")) is not None:
    print(model.context_window, estimate_cost(model.id, input_tokens=1, output_tokens=1))
with Emulator() as emulator:
    emulator.script(Reply(text="Hello"))
    print(emulator.base_url, len(emulator.requests))
