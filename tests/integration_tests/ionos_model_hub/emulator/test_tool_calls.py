"""Tool calls and agent loops with the OpenAI client."""

import ast
import json
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessage

LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
NEMO = "mistralai/Mistral-Nemo-Instruct-2407"


def tool(name: str, description: str, properties: dict[str, Any], **more: Any) -> Any:
    schema = {"type": "object", "properties": properties, "required": [*properties], **more}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }


WEATHER = tool("get_weather", "Get the weather at a location.", {"location": {"type": "string"}})
MAGIC = tool(
    "magic_function", "Apply a magic function to an input.", {"input": {"type": "integer"}}
)
TOOLS = [WEATHER, MAGIC]


def complete(
    client: OpenAI, messages: Any, tools: Any = TOOLS, model: str = LLAMA, **options: Any
) -> ChatCompletion:
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    response: ChatCompletion = client.chat.completions.create(
        model=model, messages=messages, tools=tools, **options
    )
    return response


def calls(message: ChatCompletionMessage) -> list[tuple[str, Any]]:
    tool_calls: Any = message.tool_calls or []
    return [(call.function.name, json.loads(call.function.arguments)) for call in tool_calls]


def message_of(client: OpenAI, *arguments: Any, **options: Any) -> ChatCompletionMessage:
    return complete(client, *arguments, **options).choices[0].message


def test_tool_choice_auto(client: OpenAI) -> None:
    response = complete(client, "What is the weather in Paris and Berlin?")
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert calls(choice.message) == [("get_weather", {"location": c}) for c in ("Paris", "Berlin")]
    assert len({call.id for call in choice.message.tool_calls or []}) == 2
    assert response == complete(client, "What is the weather in Paris and Berlin?")
    assert calls(message_of(client, "Tell me a joke.")) == []
    single = message_of(client, "Weather in Paris and Berlin?", parallel_tool_calls=False)
    assert calls(single) == [("get_weather", {"location": "Paris"})]


def test_tool_choice_required_named_and_none(client: OpenAI) -> None:
    named: Any = {"type": "function", "function": {"name": "magic_function"}}
    assert len(calls(message_of(client, "Hello!", tool_choice="required"))) == 1
    assert calls(message_of(client, "Hello!", tool_choice=named))[0][0] == "magic_function"
    assert calls(message_of(client, "weather in Rome", tool_choice="none")) == []
    assert calls(message_of(client, "magic function of 3", tool_choice="required")) == [
        ("magic_function", {"input": 3})
    ]


def test_model_without_tool_support_returns_text(client: OpenAI) -> None:
    message = message_of(client, "weather in Rome", model=NEMO, tool_choice="required")
    assert calls(message) == []
    assert message.content


@pytest.mark.parametrize(
    "question", ["weather in Rome and Oslo?", "magic function of 3 and weather in Rome"]
)
def test_agent_loop_ends_with_the_tool_results(client: OpenAI, question: str) -> None:
    messages: list[Any] = [{"role": "user", "content": question}]
    for _ in range(4):
        message = message_of(client, messages)
        if not message.tool_calls:
            break
        messages.append(
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [c.model_dump() for c in message.tool_calls],
            }
        )
        messages += [
            {"role": "tool", "tool_call_id": call.id, "content": f"result {call.id}"}
            for call in message.tool_calls
        ]
    results = [m["content"] for m in messages if m["role"] == "tool"]
    assert len(results) == 2
    assert all(result in (message.content or "") for result in results)


def test_call_with_malformed_arguments_is_repeated(client: OpenAI) -> None:
    broken = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": "{"}}
    messages = [
        {"role": "user", "content": "weather in Rome"},
        {"role": "assistant", "content": "", "tool_calls": [broken]},
        {"role": "tool", "tool_call_id": "1", "content": "Error: the arguments are no JSON"},
    ]
    assert calls(message_of(client, messages)) == [("get_weather", {"location": "Rome"})]


def test_streamed_calls(client: OpenAI) -> None:
    question = "magic function of 3 and the weather in Rome"
    complete_message = message_of(client, question)
    stream: Any = complete(client, question, stream=True)
    streamed: dict[int, list[Any]] = {}
    for chunk in stream:
        for part in chunk.choices[0].delta.tool_calls or []:
            if part.id:
                streamed[part.index] = [part.id, part.function.name, ""]
            streamed[part.index][2] += part.function.arguments or ""
    assert chunk.choices[0].finish_reason == "tool_calls"
    assert streamed == {
        index: [call.id, call.function.name, call.function.arguments]
        for index, call in enumerate(complete_message.tool_calls or [])
        if call.type == "function"
    }


def test_truncated_call_of_llama_stays_in_the_content(client: OpenAI) -> None:
    choice = complete(client, "weather in Rome", max_tokens=5).choices[0]
    assert choice.finish_reason == "length"
    assert choice.message.tool_calls is None
    assert (choice.message.content or "").startswith('{"name":')


def test_truncated_call_of_mistral_has_truncated_arguments(client: OpenAI) -> None:
    response = complete(client, "weather in Rome", model=MISTRAL, max_tokens=12)
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"  # as in the engine
    (call,) = choice.message.tool_calls or []
    assert call.type == "function"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(call.function.arguments)


def test_tool_with_unsatisfiable_parameters_is_called_without_arguments(client: OpenAI) -> None:
    impossible = tool(
        "get_weather", "Weather.", {"x": {"type": "integer", "minimum": 2, "maximum": 1}}
    )
    assert calls(message_of(client, "weather", [impossible])) == [("get_weather", {})]


REACT = """You have access to tools:
> Tool Name: get_weather
Tool Description: Get the weather at a location.
Tool Args: {"properties": {"location": {"type": "string"}}, "required": ["location"]}

Use this format:
Thought: I need a tool.
Action: tool name
Action Input: {"a": 1}
The tool answers with
Observation: tool response
or end with
Thought: I can answer.
Answer: [your answer]"""


def reply(client: OpenAI, *messages: tuple[str, str]) -> str:
    conversation: Any = [{"role": role, "content": content} for role, content in messages]
    response = client.chat.completions.create(model=LLAMA, messages=conversation)
    return response.choices[0].message.content or ""


def test_react_prompt(client: OpenAI) -> None:
    start = (("system", REACT), ("user", "What is the weather in Rome?"))
    step = reply(client, *start)
    assert step.splitlines()[1:] == ["Action: get_weather", 'Action Input: {"location": "Rome"}']
    # LlamaIndex hands the input back as the text of a Python dict.
    back = step.replace('{"location": "Rome"}', "{'location': 'Rome'}")
    end = reply(client, *start, ("assistant", back), ("user", "Observation: 31 degrees\nand sunny"))
    assert end.startswith("Thought: I can answer without using any more tools.")
    assert end.endswith("\nAnswer: 31 degrees\nand sunny")


CLASSIC = """Answer the question. You have access to the following tools:

search(query: str) -> str - Search for the weather in a city.

Use the following format:

Question: the input question
Thought: think
Action: the action to try_acquire, should be one of [search]
Action Input: the input to the action
Observation: the result
Thought: I now know the final answer
Final Answer: the final answer

Begin!

Question: weather in Rome?
Thought:"""


def test_classic_react_prompt(client: OpenAI) -> None:
    step = reply(client, ("user", CLASSIC))
    assert step.splitlines()[1:] == ["Action: search", "Action Input: weather in Rome?"]
    end = reply(client, ("user", f"{CLASSIC} {step}\nObservation: sunny\nThought:"))
    assert end.endswith("\nFinal Answer: sunny")


CODE = '''Write Python code in <execute>...</execute> tags. Example:
<execute>
print(1)
</execute>
You can use the following functions:
def multiply(a: int, b: int) -> int:
  """
Multiply two numbers.
  """

  ...

Place code between <execute>...</execute> tags.'''


def test_code_prompt(client: OpenAI) -> None:
    start = (("system", CODE), ("user", "What is 6 times 7?"))
    code = reply(client, *start)
    assert code == "<execute>\nprint(multiply(a=6, b=7))\n</execute>"
    end = reply(
        client, *start, ("assistant", code), ("user", "Result of executing the code given:\n\n42")
    )
    assert end == "42"
    other = reply(client, ("system", CODE), ("user", "Who are you?"))
    ast.parse(other.removeprefix("<execute>").removesuffix("</execute>"))
