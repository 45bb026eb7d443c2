"""Any names of tools are sent as legal, distinct names and restored."""

import re

from fuzz.draw import Draw

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire.tool_names import ToolNames

WORDS = ("add", "a.b", "a_b", "a b", "", "ä", "_", "x" * 64, "x" * 65, "a" * 55 + "." * 9)
_LEGAL = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check(data: bytes) -> None:
    draw = Draw(data)
    names = [draw.text(WORDS) for _ in range(draw.below(8))]
    try:
        tools = ToolNames.of(names)
    except InvalidRequestError:
        assert "" in names or len(set(names)) < len(names)
        return
    sent = [tools.to_wire(name) for name in names]
    assert len(set(sent)) == len(names)
    assert all(map(_LEGAL.fullmatch, sent))
    assert [tools.from_wire(name) for name in sent] == names
    other = draw.text(WORDS)
    if other not in names:
        assert _LEGAL.fullmatch(tools.to_wire(other))
        assert tools.to_wire(other) not in sent
    reversed_ = ToolNames.of(names[::-1])
    assert [reversed_.to_wire(name) for name in names] == sent
