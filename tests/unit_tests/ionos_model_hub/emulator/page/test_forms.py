"""Forms that script replies and faults."""

import pytest

from ionos_model_hub.emulator.page.faults import FAULTS
from ionos_model_hub.emulator.page.forms import FormError, fault_of, replies_of, waiting_replies
from ionos_model_hub.emulator.script import Call, Reply
from ionos_model_hub.emulator.script_queue import ScriptQueue


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_a_valid_reply(name: str) -> None:
    reply = fault_of({"fault": name, "endpoint": "chat", "times": "3"})
    assert (reply.endpoint, reply.times) == ("chat", 3)
    assert fault_of({"fault": name, "endpoint": "", "times": ""}).times is None


@pytest.mark.parametrize("form", [{}, {"fault": "x"}, {"fault": "reset", "times": "9"}])
def test_invalid_faults_are_rejected(form: dict[str, str]) -> None:
    with pytest.raises(FormError, match="Select one of the faults"):
        fault_of(form)


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        (
            {"kind": "text", "content": "Hi", "condition": "Hello "},
            Reply(text="Hi", contains="Hello"),
        ),
        (
            {"kind": "tool", "tool": "get_weather", "content": '{"city": "Berlin"}'},
            Reply(tool_calls=[Call("get_weather", city="Berlin")]),
        ),
        ({"kind": "tool", "tool": "now", "content": ""}, Reply(tool_calls=[Call("now")])),
        ({"kind": "json", "content": "[1]"}, Reply(structured=[1])),
        ({"kind": "script", "content": "- error: overloaded"}, Reply(error="overloaded")),
    ],
)
def test_replies(form: dict[str, str], reply: Reply) -> None:
    assert replies_of(form) == [reply]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Select the kind"),
        ({"kind": "text", "content": " "}, "Enter the text"),
        ({"kind": "tool", "content": "{}"}, "Enter the name"),
        ({"kind": "tool", "tool": "f", "content": "[]"}, "as a JSON object"),
        ({"kind": "json", "content": "{"}, "Enter the reply as valid JSON"),
        ({"kind": "script", "content": "- txt: x"}, "txt"),
    ],
)
def test_invalid_replies_are_explained(form: dict[str, str], message: str) -> None:
    with pytest.raises(FormError, match=message):
        replies_of(form)


def test_waiting_replies_with_their_uses() -> None:
    faults = ScriptQueue([Reply(error="overloaded", times=None)])
    script = ScriptQueue([Reply(text="Hi", times=2), Reply(tool_calls=[Call("f", a=1)])])
    script.extend([lambda request: None])
    shown = [(each.source, each.label, each.left) for each in waiting_replies(faults, script)]
    assert shown[0] == ("fault", "error overloaded", "all requests")
    assert shown[1] == ("scripted", "text Hi", "2 requests")
    assert shown[2] == ("scripted", 'tool_calls f({"a": 1})', "")
    assert shown[3][1] == "function <lambda>"
