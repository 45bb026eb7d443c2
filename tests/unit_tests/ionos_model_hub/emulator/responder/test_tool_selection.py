"""Selection of tools and their arguments from a question."""

from typing import Any

import pytest

from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.responder.tool_selection import choose_calls
from ionos_model_hub.emulator.responder.tools import Tool


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
EDIT = tool("edit_image", "Edit an image.", "mask", image="string", prompt="string", mask="string")
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
    tools: list[Tool], question: str, *called: FunctionCall, forced: bool = False
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
def test_calls_for_a_question(question: str, expected: list[tuple[str, Any]]) -> None:
    assert calls([WEATHER, TIME, MAGIC, ADD, MULTIPLY, SEARCH], question) == expected


def test_unicode_arguments() -> None:
    ((_, arguments),) = calls(
        [CUSTOMER], "Create a customer named '你好啊集团' (Hello Group) - a company"
    )
    assert arguments["customer_name"] == "你好啊集团"
    assert arguments["description"]


def test_optional_arguments_are_filled_if_mentioned() -> None:
    assert calls([UNIT], "weather in Rome in kelvin") == [
        ("forecast", {"city": "Rome", "unit": "kelvin"})
    ]
    assert calls([UNIT], "weather in Rome, 3 days") == [("forecast", {"city": "Rome", "days": 3})]


def test_calls_are_not_repeated() -> None:
    done = FunctionCall("get_weather", {"location": "Paris"})
    question = "weather in Paris and Berlin?"
    assert calls([WEATHER], question, done) == [("get_weather", {"location": "Berlin"})]
    assert (
        calls([WEATHER], question, done, FunctionCall("get_weather", {"location": "Berlin"})) == []
    )


def test_call_with_missing_arguments_is_repeated_with_all() -> None:
    assert calls([ADD], "What is 1 + 2", FunctionCall("add", {"a": 1})) == [
        ("add", {"a": 1, "b": 2})
    ]


def test_forced_call_uses_the_best_unused_tool() -> None:
    assert calls([MAGIC, WEATHER], "Hello!", forced=True)[0][0] == "magic_function"
    first = calls([WEATHER, REPORT], "weather in Rome", forced=True)
    assert first == [("get_weather", {"location": "Rome"})]
    second = calls([WEATHER, REPORT], "weather in Rome", FunctionCall(*first[0]), forced=True)
    assert [name for name, _ in second] == ["WeatherReport"]


def test_tool_without_parameters() -> None:
    assert calls([Tool("lucky_number", "Draw it.")], "What is my lucky number?") == [
        ("lucky_number", {})
    ]


AGENTS = """Hand off.

Currently available agents:
{'Weather': 'Looks up the weather.', 'Math': 'Can multiply numbers.'}
"""
HANDOFF = tool("handoff", AGENTS, to_agent="string", reason="string")


def handoff_targets(tools: list[Tool], question: str, *called: FunctionCall) -> list[str]:
    return [arguments.get("to_agent", name) for name, arguments in calls(tools, question, *called)]


def test_handoff_selects_the_matching_agent() -> None:
    question = "Multiply 6 by 7 and tell the weather in Rome"
    assert handoff_targets([HANDOFF], "Multiply 6 by 7") == ["Math"]
    assert handoff_targets([HANDOFF, WEATHER], question) == ["get_weather"]
    visited = (
        FunctionCall("handoff", {"to_agent": "Weather"}),
        FunctionCall("get_weather", {"location": "Rome"}),
    )
    assert handoff_targets([HANDOFF, WEATHER], question, *visited) == ["Math"]
    assert (
        handoff_targets(
            [HANDOFF], question, *visited, FunctionCall("handoff", {"to_agent": "Math"})
        )
        == []
    )
    assert handoff_targets([HANDOFF], "Hello") == []


def test_names_of_files_are_passed_to_tools() -> None:
    question = "Edit the image photos/a-1.png with the mask `m.jpg`: make the sky blue."
    ((_, arguments),) = calls([EDIT], question)
    assert (arguments["image"], arguments["mask"]) == ("photos/a-1.png", "m.jpg")
    ((_, arguments),) = calls([EDIT], "Edit the image: make the sky blue.")
    assert "." not in arguments["image"]
