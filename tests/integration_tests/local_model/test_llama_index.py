"""IONOS with a real language model behind llama.cpp's server."""

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from ionos_model_hub import AuthenticationError, ContextOverflowError, ResponseError
from llama_index_ionos import IONOS

MODEL = "openai/gpt-oss-120b"  # the name of the local model
QUESTION = "Name the capital of France in one short sentence."


class Person(BaseModel):
    """A person mentioned in the text."""

    name: str
    age: int


def llm(**options: object) -> IONOS:
    return IONOS(**{"model": MODEL, "temperature": 0, "max_tokens": 40, **options})


def ask(text: str) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=text)]


def test_chat_returns_text_and_usage() -> None:
    response = llm().chat(ask(QUESTION))
    assert "Paris" in str(response.message.content)
    assert response.additional_kwargs["prompt_tokens"] > 10
    assert response.additional_kwargs["completion_tokens"] > 0


async def test_async_chat_matches_sync_at_temperature_zero() -> None:
    response = await llm().achat(ask(QUESTION))
    assert response.message.content == llm().chat(ask(QUESTION)).message.content


def test_stream_ends_with_the_complete_text() -> None:
    responses = list(llm().stream_chat(ask(QUESTION)))
    assert len(responses) > 3
    text = "".join(response.delta or "" for response in responses)
    assert text == responses[-1].message.content == llm().chat(ask(QUESTION)).message.content


async def test_async_stream_chat() -> None:
    stream = await llm().astream_chat(ask(QUESTION))
    texts = [response.delta or "" async for response in stream]
    assert "Paris" in "".join(texts)


def test_complete_uses_the_chat_model() -> None:
    assert "Paris" in llm().complete(QUESTION).text
    assert "Paris" in list(llm().stream_complete(QUESTION))[-1].text


def test_structured_predict() -> None:
    prompt = PromptTemplate("{name} is {age} years old.")
    person = llm(max_tokens=80).structured_predict(Person, prompt, name="Jens", age=52)
    assert person == Person(name="Jens", age=52)


async def test_async_structured_predict() -> None:
    prompt = PromptTemplate("Jens is 52 years old.")
    assert await llm(max_tokens=80).astructured_predict(Person, prompt) == Person(
        name="Jens", age=52
    )


def test_truncated_structured_output_is_an_error() -> None:
    prompt = PromptTemplate("Jens is 52 years old.")
    with pytest.raises(ResponseError, match="token limit"):
        llm(max_tokens=4).structured_predict(Person, prompt)


def test_seed_makes_sampling_reproducible() -> None:
    model = llm(temperature=1.5, additional_kwargs={"seed": 7})
    texts = {model.complete("Write a line about the sea.").text for _ in range(2)}
    assert len(texts) == 1


def test_stop_sequence_cuts_the_text() -> None:
    assert "Paris" not in llm().complete(QUESTION, stop=["Paris"]).text


def test_wrong_key_is_an_authentication_error() -> None:
    with pytest.raises(AuthenticationError):
        llm(api_key="not-the-key").complete(QUESTION)


def test_overlong_prompt_is_a_context_overflow() -> None:
    with pytest.raises(ContextOverflowError):
        llm().complete("sea " * 9000)
