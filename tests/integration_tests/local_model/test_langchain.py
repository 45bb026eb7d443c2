"""ChatIONOS and IONOSLLM with a real language model behind llama.cpp's server."""

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel

from ionos_model_hub import AuthenticationError, BadRequestError
from langchain_ionos import IONOSLLM, ChatIONOS, list_models

MODEL = "openai/gpt-oss-120b"  # the name of the local model
QUESTION = "Name the capital of France in one short sentence."


class Person(BaseModel):
    """A person mentioned in the text."""

    name: str
    age: int


def chat(**options: object) -> ChatIONOS:
    return ChatIONOS(**{"model": MODEL, "temperature": 0, "max_tokens": 40, **options})


def test_invoke_returns_text_and_usage() -> None:
    message = chat().invoke([SystemMessage("Answer briefly."), HumanMessage(QUESTION)])
    assert "Paris" in message.text
    assert message.usage_metadata is not None
    usage = message.usage_metadata
    assert usage["input_tokens"] > 10
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert message.response_metadata["finish_reason"] == "stop"


async def test_async_matches_sync_at_temperature_zero() -> None:
    assert (await chat().ainvoke(QUESTION)).text == chat().invoke(QUESTION).text


def test_stream_joins_to_the_complete_message() -> None:
    chunks = list(chat().stream(QUESTION))
    assert len(chunks) > 3
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    assert total.text == chat().invoke(QUESTION).text
    assert total.usage_metadata is not None
    assert total.usage_metadata["output_tokens"] > 0


async def test_async_stream_ends_with_a_finish_reason() -> None:
    chunks = [chunk async for chunk in chat(max_tokens=5).astream(QUESTION)]
    reasons = [chunk.response_metadata.get("finish_reason") for chunk in chunks]
    assert [reason for reason in reasons if reason] == ["length"]


def test_conversation_in_a_chain() -> None:
    prompt = ChatPromptTemplate.from_messages(
        [("system", "You are terse."), ("human", "{question}")]
    )
    answer = (prompt | chat()).invoke({"question": QUESTION})
    follow_up = chat().invoke([HumanMessage(QUESTION), answer, HumanMessage("And of Italy?")])
    assert isinstance(follow_up, AIMessage)
    assert follow_up.text


@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_structured_output(method: str) -> None:
    model = chat(max_tokens=80).with_structured_output(Person, method=method)
    person = model.invoke("Jens is 52 years old. Write his name and age as JSON.")
    assert person == Person(name="Jens", age=52)


def test_structured_stream_ends_with_the_object() -> None:
    model = chat(max_tokens=80).with_structured_output(Person)
    parts = list(model.stream("Jens is 52 years old."))
    assert parts[-1] == Person(name="Jens", age=52)


def test_truncated_structured_output_is_an_error() -> None:
    model = chat(max_tokens=4).with_structured_output(Person, include_raw=True)
    result = model.invoke("Jens is 52 years old.")
    assert result["parsed"] is None
    assert "max_tokens" in str(result["parsing_error"])


def test_stop_sequence_cuts_the_text() -> None:
    assert "Paris" not in chat(stop=["Paris"]).invoke(QUESTION).text


def test_seed_makes_sampling_reproducible() -> None:
    texts = {
        chat(temperature=1.5, seed=7).invoke("Write a line about the sea.").text for _ in range(2)
    }
    assert len(texts) == 1


def test_n_returns_several_generations() -> None:
    result = chat(n=2, temperature=1.5).generate([[HumanMessage("Write a line about the sea.")]])
    assert len(result.generations[0]) == 2
    assert all(generation.text for generation in result.generations[0])


def test_completion_continues_the_prompt() -> None:
    model = IONOSLLM(model=MODEL, temperature=0, max_tokens=12)
    text = model.invoke("The capital of France is")
    assert "Paris" in text
    assert "".join(model.stream("The capital of France is")) == text


def test_list_models_returns_the_served_model() -> None:
    assert MODEL in {model.id for model in list_models()}


def test_wrong_key_is_an_authentication_error() -> None:
    with pytest.raises(AuthenticationError):
        chat(api_key="not-the-key").invoke(QUESTION)


def test_overlong_prompt_is_a_context_overflow() -> None:
    with pytest.raises(ContextOverflowError) as caught:
        chat().invoke("sea " * 9000)
    assert isinstance(caught.value, BadRequestError)
