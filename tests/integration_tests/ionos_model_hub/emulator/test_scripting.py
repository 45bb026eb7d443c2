"""Scripted replies: output of the model, errors, matching, interruptions, strict emulators."""

import json
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from ionos_model_hub.emulator import Call, Emulator, RecordedRequest, Reply

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
GPT_OSS = "openai/gpt-oss-120b"
QWEN_CODER = "Qwen/Qwen3-Coder-Next"
QWEN = "Qwen/Qwen3.5-9B"
MODELS = [LLAMA, MISTRAL, GPT_OSS, QWEN_CODER, QWEN]
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


def chat(client: OpenAI, text: str = "Hello", model: str = LLAMA, **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=messages, **options)


def streamed(client: OpenAI, model: str = LLAMA, **options: Any) -> dict[str, Any]:
    """Return the joined parts and the finish reason of a stream."""
    joined: dict[str, Any] = {"content": "", "reasoning": "", "refusal": "", "calls": {}}
    for chunk in chat(client, model=model, stream=True, **options):
        for choice in chunk.choices:
            delta = choice.delta
            joined["content"] += delta.content or ""
            joined["refusal"] += delta.refusal or ""
            joined["reasoning"] += (delta.model_extra or {}).get("reasoning") or ""
            joined["finish_reason"] = choice.finish_reason
            for call in delta.tool_calls or ():
                name, arguments = joined["calls"].get(call.index, ("", ""))
                arguments += call.function.arguments or ""
                joined["calls"][call.index] = (name or call.function.name, arguments)
    return joined


@pytest.mark.parametrize("model", MODELS)
def test_text_and_reasoning(client: OpenAI, ionos_emulator: Emulator, model: str) -> None:
    ionos_emulator.script(Reply(text="It is <b>sunny</b>.", reasoning="Hm.\n", times=2))
    choice = chat(client, model=model).choices[0]
    assert (choice.message.content, choice.message.reasoning) == ("It is <b>sunny</b>.", "Hm.\n")
    parts = streamed(client, model)
    assert (parts["content"], parts["reasoning"]) == ("It is <b>sunny</b>.", "Hm.\n")
    assert parts["finish_reason"] == choice.finish_reason == "stop"


@pytest.mark.parametrize("model", MODELS)
def test_text_without_reasoning(client: OpenAI, ionos_emulator: Emulator, model: str) -> None:
    ionos_emulator.script(Reply(text="Hi", times=2))
    message = chat(client, model=model).choices[0].message
    assert (message.content, message.reasoning) == ("Hi", None)
    assert streamed(client, model)["content"] == "Hi"


@pytest.mark.parametrize("model", MODELS)
def test_tool_calls(client: OpenAI, ionos_emulator: Emulator, model: str) -> None:
    calls = [Call("get_weather", city="Köln"), Call("get_weather", city="Oslo")]
    ionos_emulator.script(Reply(tool_calls=calls, times=2))
    choice = chat(client, model=model, tools=TOOLS).choices[0]
    found = [json.loads(call.function.arguments) for call in choice.message.tool_calls]
    assert found == [{"city": "Köln"}, {"city": "Oslo"}]
    parts = streamed(client, model, tools=TOOLS)
    assert [json.loads(arguments) for _, arguments in parts["calls"].values()] == found
    assert parts["finish_reason"] == choice.finish_reason == "tool_calls"


def test_refusal(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(refusal="I cannot do that.", times=2))
    message = chat(client).choices[0].message
    assert (message.content, message.refusal) == (None, "I cannot do that.")
    assert streamed(client)["refusal"] == "I cannot do that."


def test_structured_usage_and_finish_reason(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(
        Reply(structured={"a": [1]}, usage={"prompt_tokens": 7}),
        Reply(text="It is", finish_reason="length"),
    )
    response = chat(client)
    assert json.loads(response.choices[0].message.content) == {"a": [1]}
    assert response.usage.prompt_tokens == 7
    assert chat(client).choices[0].finish_reason == "length"


def test_embeddings_scores_and_images(
    client: OpenAI, http: httpx.Client, ionos_emulator: Emulator
) -> None:
    ionos_emulator.script(
        Reply(images=[b"png"]), Reply(scores=[0.1, 0.9]), Reply(embeddings=[[1.0, 2.0]])
    )
    embedding = client.embeddings.create(
        model="BAAI/bge-m3", input="a", encoding_format="float"
    ).data[0]
    assert embedding.embedding == [1.0, 2.0]
    body = {"model": "Qwen/Qwen3-VL-Reranker-8B", "query": "a", "documents": ["b", "c"]}
    results = http.post("rerank", json=body).json()["results"]
    assert [result["relevance_score"] for result in results] == [0.1, 0.9]
    image = client.images.generate(model="black-forest-labs/FLUX.1-schnell", prompt="a")
    assert (image.data or [])[0].b64_json == "cG5n"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(error="unauthorised"), openai.AuthenticationError),
        (Reply(error="forbidden"), openai.PermissionDeniedError),
        (Reply(error="bad_request"), openai.BadRequestError),
        (Reply(error="context_overflow"), openai.BadRequestError),
        (Reply(error="model_not_found"), openai.NotFoundError),
        (Reply(error="rate_limited"), openai.RateLimitError),
        (Reply(error="overloaded"), openai.InternalServerError),
        (Reply(error="server_error"), openai.InternalServerError),
        (Reply(error="gateway_error"), openai.InternalServerError),
        (Reply(error="bad_gateway"), openai.InternalServerError),
        (Reply(error="unavailable"), openai.InternalServerError),
        (Reply(error="timeout"), openai.InternalServerError),
        (Reply(disconnect_after=0), openai.APIConnectionError),
        (Reply(text="Hi", disconnect_after=1), openai.APIConnectionError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors(
    client: OpenAI,
    ionos_emulator: Emulator,
    reply: Reply,
    error: type[Exception],
    stream: bool,
) -> None:
    if stream and reply.disconnect_after:
        pytest.skip("a stream has begun by then")
    ionos_emulator.script(reply)
    with pytest.raises(error):
        chat(client, stream=stream)


def test_retry_after(http: httpx.Client, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(error="overloaded", retry_after=2.5, headers={"X-A": "1"}))
    response = http.post("chat/completions", json={})
    assert (response.status_code, response.headers["retry-after"]) == (529, "2.5")
    assert response.headers["x-a"] == "1"


def test_replies_are_matched(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(
        Reply(text="by text", contains="weather"),
        Reply(text="by model", model=MISTRAL, times=None),
        Reply(text="by endpoint", endpoint="completions"),
        Reply(text="by predicate", when=lambda request: request.json.get("seed") == 1),
        Reply(text="first"),
        Reply(text="second"),
    )
    contents = [
        chat(client, text, model, **options).choices[0].message.content
        for text, model, options in [
            ("Hello", LLAMA, {}),
            ("Hello", MISTRAL, {}),
            ("the weather", LLAMA, {}),
            ("Hello", LLAMA, {"seed": 1}),
            ("Hello", MISTRAL, {}),
            ("Hello", LLAMA, {}),
        ]
    ]
    assert contents == ["first", "by model", "by text", "by predicate", "by model", "second"]
    completion = client.completions.create(model=LLAMA, prompt="Once")
    assert completion.choices[0].text == "by endpoint"
    assert chat(client).choices[0].message.content == "Hello! How can I help you today?"


def test_embeddings_do_not_use_replies_of_chat(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="for chat"))
    client.embeddings.create(model="BAAI/bge-m3", input="a", encoding_format="float")
    assert chat(client).choices[0].message.content == "for chat"


def test_functions(client: OpenAI, ionos_emulator: Emulator) -> None:
    def reply(request: RecordedRequest) -> Reply | None:
        return Reply(text=request.text.upper()) if request.model == LLAMA else None

    ionos_emulator.script(reply)
    assert chat(client, "ahoy").choices[0].message.content == "AHOY"
    assert chat(client, model=MISTRAL).choices[0].message.content != "HELLO"


def test_scripted_model_list(client: OpenAI, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(json={"object": "list", "data": []}, endpoint="models"))
    assert client.models.list().data == []
    assert client.models.list().data != []


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(
    http: httpx.Client,
    ionos_emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    ionos_emulator.script(Reply(json={}, status=status))
    response = http.post("chat/completions", json={})
    assert (response.status_code, response.content) == (status, b"")
    assert http.get("models").status_code == 200
    assert "Exception in ASGI application" not in caplog.text


def test_stream_that_is_cut_off(http: httpx.Client, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="one two three", disconnect_after=3))
    body = {"model": LLAMA, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    lines: list[str] = []
    with (
        pytest.raises(httpx.RemoteProtocolError),
        http.stream("POST", "chat/completions", json=body) as response,
    ):
        lines += filter(None, response.iter_lines())
    assert "[DONE]" not in "".join(lines)


def test_stream_that_stalls(http: httpx.Client, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="one two three", stall_after=2, delay=0.01, chunk_delay=0.01))
    body = {"model": LLAMA, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    lines: list[str] = []
    with (
        pytest.raises(httpx.ReadTimeout),
        http.stream("POST", "chat/completions", json=body, timeout=0.5) as response,
    ):
        lines += (line for line in response.iter_lines() if line)
    assert len(lines) == 2


def test_strict_emulator_reports_unused_replies() -> None:
    with (
        pytest.raises(AssertionError, match=r"unused: Reply\(text='never'\)"),
        Emulator(strict=True, script=[Reply(text="never"), Reply(text="any", times=None)]),
    ):
        pass


def test_strict_emulator_reports_unexpected_requests() -> None:
    emulator = Emulator(strict=True)
    emulator.start()
    with OpenAI(api_key="k", base_url=emulator.base_url, max_retries=0) as client:
        client.models.list()
        emulator.verify()
        with pytest.raises(openai.BadRequestError, match="There are no more replies"):
            chat(client)
    emulator.stop()
    with pytest.raises(AssertionError, match="unexpected: POST /v1/chat/completions, request 2"):
        emulator.verify()


def test_strict_emulator_names_the_replies_that_do_not_match() -> None:
    reply = Reply(text="Sunny.", contains="weather", times=None)
    with (
        Emulator(strict=True, script=[reply]) as emulator,
        OpenAI(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
    ):
        with pytest.raises(openai.BadRequestError, match=r"next replies are Reply\(text='Sunny.'"):
            chat(client)
        emulator.reset()


def test_strict_emulator_accepts_a_followed_script() -> None:
    with (
        Emulator(strict=True, script=[Reply(text="Hi")]) as emulator,
        OpenAI(api_key="k", base_url=emulator.base_url, max_retries=0) as client,
    ):
        assert chat(client).choices[0].message.content == "Hi"


def test_failing_functions_are_reported(client: OpenAI, ionos_emulator: Emulator) -> None:
    def fail(request: RecordedRequest) -> Reply:
        raise KeyError(request.model)

    ionos_emulator.script(fail)
    with pytest.raises(openai.InternalServerError, match="function of the script failed: KeyError"):
        chat(client)
    with pytest.raises(AssertionError, match="A function of the script failed: KeyError"):
        ionos_emulator.verify()
    ionos_emulator.reset()
    ionos_emulator.verify()


def test_text_in_chosen_pieces(client: OpenAI, ionos_emulator: Emulator) -> None:
    pieces = ["It ", "is s", "unny", "."]
    ionos_emulator.script(Reply(text=pieces, reasoning="Look.", times=None))
    for model in MODELS:
        assert chat(client, model=model).choices[0].message.content == "It is sunny."
        contents = [
            chunk.choices[0].delta.content
            for chunk in chat(client, model=model, stream=True)
            if chunk.choices and chunk.choices[0].delta.content
        ]
        assert contents == pieces
    ionos_emulator.script(Reply(text=pieces))  # completions have no reasoning
    completion = client.completions.create(model=LLAMA, prompt="a", stream=True)
    assert [part.choices[0].text for part in completion if part.choices[0].text] == pieces


def test_lone_surrogates_are_escaped(http: httpx.Client, ionos_emulator: Emulator) -> None:
    ionos_emulator.script(Reply(text="\ud800", times=2))
    body = {"model": LLAMA, "messages": [{"role": "user", "content": "Hi"}]}
    response = http.post("chat/completions", json=body)
    assert response.json()["choices"][0]["message"]["content"] == "\ud800"
    assert rb"\ud800" in http.post("chat/completions", json={**body, "stream": True}).content
    http.headers["Content-Type"] = "application/json"
    response = http.post("chat/completions", content=json.dumps({**body, "model": "\ud800"}))
    assert response.status_code == 404
    assert "`\ud800`" in response.json()["error"]["message"]
