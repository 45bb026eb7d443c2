"""Engines behind the front end of the emulated hub. Another emulator is the engine."""

from collections.abc import Iterator

import httpx
import pytest

from ionos_model_hub import BadRequestError, Client, NotFoundError, ServerError
from ionos_model_hub.emulator import Emulator, RecordedRequest, Reply, create_app
from ionos_model_hub.emulator.gateway.engine import KEY_VARIABLE

CHAT, EMBEDDING, RERANK = "openai/gpt-oss-120b", "BAAI/bge-m3", "Qwen/Qwen3-VL-Reranker-8B"
QUESTION = [{"role": "user", "content": "Hallo"}]


@pytest.fixture
def engine() -> Iterator[Emulator]:
    with Emulator(profile="vllm") as emulator:
        yield emulator


@pytest.fixture
def hub(engine: Emulator) -> Iterator[Emulator]:
    with Emulator(engine=f"{engine.base_url}#mistralai/Mistral-Nemo-Instruct-2407") as emulator:
        yield emulator


def post(emulator: Emulator, path: str, **body: object) -> httpx.Response:
    headers = {"Authorization": "Bearer any"}
    return httpx.post(emulator.base_url + path, json=body, headers=headers)


def client(emulator: Emulator) -> Client:
    return Client(api_key="any", base_url=emulator.base_url, max_retries=0)


def test_chat_models_are_served_by_the_engine(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(text="From the engine", reasoning="Hm."))
    response = post(hub, "/chat/completions", model=CHAT, messages=QUESTION)
    assert response.headers["x-emulator-source"] == "engine"
    body = response.json()
    assert body["model"] == CHAT
    assert body["choices"][0]["message"]["content"] == "From the engine"
    assert engine.requests[-1].model == "mistralai/Mistral-Nemo-Instruct-2407"
    assert hub.requests[-1].response.source == "engine"


def test_streams_are_passed_on(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(text="One two three"))
    with client(hub) as caller, caller.stream_chat(QUESTION, model=CHAT) as stream:
        texts = [delta.text for delta in stream if delta.text]
        assert stream.answer.model == CHAT
    assert len(texts) > 2
    assert "".join(texts) == "One two three"
    assert stream.answer.usage is not None


def test_completions_are_served_by_the_engine(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(text=" Paris", endpoint="completions"))
    with client(hub) as caller:
        assert caller.complete("The capital is", model=CHAT).text == " Paris"


def test_other_endpoints_get_rule_based_responses(hub: Emulator, engine: Emulator) -> None:
    for path, body in [
        ("/embeddings", {"model": EMBEDDING, "input": "a"}),
        ("/rerank", {"model": RERANK, "query": "a", "documents": ["b"]}),
    ]:
        response = post(hub, path, **body)
        assert (response.status_code, response.headers["x-emulator-source"]) == (200, "rules")
    assert engine.requests == []


def test_single_models_have_their_own_engine(engine: Emulator) -> None:
    mapped = {EMBEDDING: f"{engine.base_url}#BAAI/bge-large-en-v1.5"}
    with Emulator(engine=mapped) as hub:
        response = post(hub, "/embeddings", model=EMBEDDING, input=["a", "b"])
        assert response.json()["model"] == EMBEDDING
        assert engine.requests[-1].model == "BAAI/bge-large-en-v1.5"
        chat = post(hub, "/chat/completions", model=CHAT, messages=QUESTION)
        assert chat.headers["x-emulator-source"] == "rules"


def test_first_model_of_the_engine_is_the_default(engine: Emulator) -> None:
    with Emulator(engine=engine.base_url) as hub:
        post(hub, "/chat/completions", model=CHAT, messages=QUESTION)
    first = engine.requests[0].response.json["data"][0]["id"]
    assert engine.requests[-1].model == first


def test_front_end_checks_requests_first(hub: Emulator, engine: Emulator) -> None:
    response = httpx.post(f"{hub.base_url}/chat/completions", json={"model": CHAT})
    assert response.status_code == 401
    with client(hub) as caller:
        with pytest.raises(NotFoundError):
            caller.chat(QUESTION, model="unknown")
        with pytest.raises(BadRequestError):
            caller.chat(QUESTION, model=CHAT, n=1, temperature=3)
    assert engine.requests == []


def test_scripted_replies_take_precedence(hub: Emulator, engine: Emulator) -> None:
    hub.script(Reply(text="scripted"))
    with client(hub) as caller:
        assert caller.chat(QUESTION, model=CHAT).text == "scripted"
    assert engine.requests == []


def test_errors_that_the_request_caused_are_passed_on(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(error="context_overflow"))
    with client(hub) as caller, pytest.raises(BadRequestError, match="maximum context length"):
        caller.chat(QUESTION, model=CHAT)


def test_response_without_json_is_an_error(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(body=b"<html>"))
    with client(hub) as caller, pytest.raises(ServerError, match="sent no JSON object"):
        caller.chat(QUESTION, model=CHAT)


@pytest.mark.parametrize(
    "text",
    [
        '{"error": {}}',
        '{"choices": null}',
        '{"choices": [null]}',
        '{"choices": [{"message": null}]}',
        '{"choices": [{"message": {"content": "\\ud800"}, "finish_reason": "stop"}], "a": NaN}',
        "[" * 100_000,
    ],
    ids=range(6),
)
def test_responses_in_unknown_forms_are_no_failures_of_the_emulator(
    hub: Emulator, engine: Emulator, text: str
) -> None:
    def reply(request: RecordedRequest) -> Reply | None:
        if request.method != "POST":
            return None
        return Reply(body=text.encode()) if "tools" not in request.json else Reply(status=400)

    engine.script(reply)
    tool = {"type": "function", "function": {"name": "f"}}
    for options in ({}, {"tools": [tool]}):
        response = post(hub, "/chat/completions", model=CHAT, messages=QUESTION, **options)
        assert response.status_code in (200, 503)
        assert isinstance(response.json(), dict)


def test_stream_in_an_unknown_form_ends_with_an_error(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(stream=[{"choices": [None]}]))
    response = post(hub, "/chat/completions", model=CHAT, messages=QUESTION, stream=True)
    assert "in an unknown form" in response.text


async def test_application_without_a_server(engine: Emulator) -> None:
    transport = httpx.ASGITransport(create_app(engine=engine.base_url))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub/v1") as http:
        body = {"model": CHAT, "messages": QUESTION}
        response = await http.post(
            "/chat/completions", json=body, headers={"Authorization": "Bearer any"}
        )
    assert response.headers["x-emulator-source"] == "engine"


@pytest.mark.parametrize("stream", [False, True])
def test_engine_that_is_down_is_unavailable(stream: bool) -> None:
    with Emulator() as stopped:
        url = stopped.base_url
    with Emulator(engine=f"{url}#m") as hub:
        response = post(hub, "/chat/completions", model=CHAT, messages=QUESTION, stream=stream)
        assert response.status_code == 503
        assert response.json()["error"]["message"].startswith("Service unavailable: the engine at")
        with client(hub) as caller, pytest.raises(ServerError):
            caller.chat(QUESTION, model=CHAT)


def test_stream_that_breaks_is_an_error(hub: Emulator, engine: Emulator) -> None:
    engine.script(Reply(text="One two three", disconnect_after=2))
    with client(hub) as caller, pytest.raises(ServerError, match="closed the connection") as caught:
        list(caller.stream_chat(QUESTION, model=CHAT))
    assert caught.value.partial is not None


def test_key_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(api_key="engine-key") as engine:
        with Emulator(engine=engine.base_url) as hub:
            response = post(hub, "/chat/completions", model=CHAT, messages=QUESTION)
            assert response.status_code == 503
            assert "responded with 401" in response.json()["error"]["message"]
        monkeypatch.setenv(KEY_VARIABLE, "engine-key")
        with Emulator(engine=engine.base_url) as hub:
            assert post(hub, "/chat/completions", model=CHAT, messages=QUESTION).status_code == 200


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"engine": "http://e", "replay": "r"}, "only one of engine"),
        ({"upstream": "http://e"}, "only for record"),
        ({"record": "r"}, "needs the base URL"),
        ({"engine": {"unknown": "http://e"}}, "not a model of the catalogue"),
        ({"replay": "missing"}, "contains no recordings"),
        ({"latency": "slow"}, "latency must be one of none, hub, busy"),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Emulator(**options)
