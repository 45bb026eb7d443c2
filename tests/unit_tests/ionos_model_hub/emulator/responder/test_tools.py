"""The tools a question is about are called, with arguments from its words, and only once."""

from typing import Any

import pytest

from ionos_model_hub.emulator.responder.conversation import Call
from ionos_model_hub.emulator.responder.tools import Tool, choose_calls


def tool(name: str, about: str, /, *optional: str, **types: Any) -> Tool:
    properties = {k: v if isinstance(v, dict) else {"type": v} for k, v in types.items()}
    required = [key for key in types if key not in optional]
    schema = {"type": "object", "properties": properties, "required": required}
    return Tool(name, about, schema)


WEATHER = tool("get_weather", "Get the weather at a location.", location="string")
TIME = tool("get_time", "Get the local time of a city.", city="string")
MAGIC = tool("magic_function", "Apply a magic function to an input.", input="integer")
ADD = tool("add", "Add two numbers and return their sum.", a="integer", b="integer")
MULTIPLY = tool("multiply", "Multiply two numbers.", a="number", b="number")
SEARCH = tool("search", "Search the handbook for information about vacation.", query="string")
REPORT = tool("WeatherReport", "The final weather report.", city="string", summary="string")
CUSTOMER = tool(
    "unicode_customer",
    "Tool for creating a customer with Unicode name.",
    customer_name="string",
    description="string",
)
UNIT = tool(
    "forecast",
    "Weather forecast.",
    "unit",
    "days",
    city="string",
    unit={"enum": ["celsius", "kelvin"]},
    days="integer",
)


def calls(
    tools: list[Tool], question: str, *called: Call, forced: bool = False
) -> list[tuple[str, Any]]:
    chosen = choose_calls(tools, question, called, forced=forced)
    return [(call.name, call.arguments) for call in chosen]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What is the weather in San Francisco, CA?",
            [("get_weather", {"location": "San Francisco, CA"})],
        ),
        (
            "weather in Paris and Berlin?",
            [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "Berlin"})],
        ),
        ("weather in tokyo", [("get_weather", {"location": "tokyo"})]),
        (
            "What is the weather in Rome and the time in New York?",
            [("get_weather", {"location": "Rome"}), ("get_time", {"city": "New York"})],
        ),
        (
            "What is the value of magic_function(3)? Use the tool.",
            [("magic_function", {"input": 3})],
        ),
        ("what is the magic function of -4", [("magic_function", {"input": -4})]),
        ("What is 1 + 2", [("add", {"a": 1, "b": 2})]),
        ("the sum of 5 and 6, please", [("add", {"a": 5, "b": 6})]),
        ("What is 2.5 times 4?", [("multiply", {"a": 2.5, "b": 4})]),
        ("How much vacation do I get?", [("search", {"query": "How much vacation do I get?"})]),
        ("Hello! How are you?", []),
        ("Tell me a joke about cats.", []),
    ],
)
def test_question_decides(question: str, expected: list[tuple[str, Any]]) -> None:
    assert calls([WEATHER, TIME, MAGIC, ADD, MULTIPLY, SEARCH], question) == expected


def test_unicode_arguments() -> None:
    ((_, arguments),) = calls(
        [CUSTOMER], "Create a customer named '你好啊集团' (Hello Group) - a company"
    )
    assert arguments["customer_name"] == "你好啊集团"
    assert arguments["description"]


def test_optional_arguments_only_where_the_text_names_them() -> None:
    assert calls([UNIT], "weather in Rome in kelvin") == [
        ("forecast", {"city": "Rome", "unit": "kelvin"})
    ]
    assert calls([UNIT], "weather in Rome, 3 days") == [("forecast", {"city": "Rome", "days": 3})]


def test_no_call_is_made_twice() -> None:
    done = Call("get_weather", {"location": "Paris"})
    question = "weather in Paris and Berlin?"
    assert calls([WEATHER], question, done) == [("get_weather", {"location": "Berlin"})]
    assert calls([WEATHER], question, done, Call("get_weather", {"location": "Berlin"})) == []


def test_a_failed_call_is_repeated_with_other_arguments() -> None:
    assert calls([ADD], "What is 1 + 2", Call("add", {"a": 1})) == [("add", {"a": 1, "b": 2})]


def test_forced_takes_the_best_tool_then_the_unused_one() -> None:
    assert calls([MAGIC, WEATHER], "Hello!", forced=True)[0][0] == "magic_function"
    first = calls([WEATHER, REPORT], "weather in Rome", forced=True)
    assert first == [("get_weather", {"location": "Rome"})]
    second = calls([WEATHER, REPORT], "weather in Rome", Call(*first[0]), forced=True)
    assert [name for name, _ in second] == ["WeatherReport"]


def test_a_tool_without_parameters_is_called_without() -> None:
    assert calls([Tool("lucky_number", "Draw it.")], "What is my lucky number?") == [
        ("lucky_number", {})
    ]


AGENTS = """Hand off.

Currently available agents:
{'Weather': 'Looks up the weather.', 'Math': 'Can multiply numbers.'}
"""
HANDOFF = tool("handoff", AGENTS, to_agent="string", reason="string")


def handed_to(tools: list[Tool], question: str, *called: Call) -> list[str]:
    return [arguments.get("to_agent", name) for name, arguments in calls(tools, question, *called)]


def test_handoff_goes_to_the_agent_that_fits() -> None:
    question = "Multiply 6 by 7 and tell the weather in Rome"
    assert handed_to([HANDOFF], "Multiply 6 by 7") == ["Math"]
    assert handed_to([HANDOFF, WEATHER], question) == ["get_weather"]
    visited = (Call("handoff", {"to_agent": "Weather"}), Call("get_weather", {"location": "Rome"}))
    assert handed_to([HANDOFF, WEATHER], question, *visited) == ["Math"]
    assert handed_to([HANDOFF], question, *visited, Call("handoff", {"to_agent": "Math"})) == []
    assert handed_to([HANDOFF], "Hello") == []
