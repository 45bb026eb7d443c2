"""Put streamed tool calls together, whatever a server makes of the `index`, `id` and `name`."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.wire.json_fields import as_dict, get_str
from ionos_model_hub.wire.response_types import ToolCall, ToolCallDelta

_ID_LENGTH = 9


class ToolCallAssembler:
    """The tool calls of one answer.

    A piece belongs to the call that its `id` names; else to the one at its `index`; else to the
    latest. A new call starts where an unknown id comes with a name, where an unknown index
    comes, or where a name comes after arguments that are already whole. The first id and name
    of a call are kept, repetitions ignored. A call without an id gets one made from `seed`,
    nine letters and digits long, as the strictest chat templates want it.

    Args:
        seed: What missing ids are made from; the answer's own id keeps them apart.
        own_name: Turns a function's name on the wire into the caller's.

    Example:
        >>> assembler = ToolCallAssembler("chat-1")
        >>> piece = {"id": "a", "function": {"name": "add", "arguments": "{}"}}
        >>> assembler.feed([piece])[0].name, assembler.calls()[0].arguments
        ('add', '{}')
    """

    def __init__(self, seed: str, own_name: Callable[[str], str] = str) -> None:
        self._seed = seed
        self._own_name = own_name
        self._ids: list[str] = []
        self._names: list[str] = []
        self._arguments: list[list[str]] = []
        self._by_id: dict[str, int] = {}
        self._by_index: dict[int, int] = {}

    def feed(self, pieces: Sequence[JsonValue]) -> tuple[ToolCallDelta, ...]:
        """Take the `tool_calls` of one delta; return what is new in them."""
        deltas: list[ToolCallDelta] = []
        for piece in pieces:
            delta = self._take(as_dict(piece))
            if delta.arguments or delta.id or delta.name:
                deltas.append(delta)
        return tuple(deltas)

    def calls(self) -> list[ToolCall]:
        """Return the calls as they stand."""
        return [
            ToolCall(id_, name, "".join(arguments))
            for id_, name, arguments in zip(self._ids, self._names, self._arguments, strict=True)
        ]

    def add(self, name: str, arguments: str) -> ToolCallDelta:
        """Add a whole call that came in another guise."""
        return self._start("", None, self._own_name(name), arguments)

    def _take(self, piece: dict[str, JsonValue]) -> ToolCallDelta:
        function = as_dict(piece.get("function"))
        given_id = get_str(piece, "id") if "id" in piece else ""
        told_name = get_str(function, "name") if "name" in function else ""
        name = told_name and self._own_name(told_name)
        arguments = _as_text(function.get("arguments"))
        index = _as_index(piece.get("index"))
        place = self._place(given_id, index, name)
        if place is None:
            return self._start(given_id, index, name, arguments)
        self._arguments[place].append(arguments)
        late_name = name if not self._names[place] else ""
        self._names[place] += late_name
        return ToolCallDelta(place, name=late_name, arguments=arguments)

    def _place(self, given_id: str, index: int | None, name: str) -> int | None:
        """Return which call a piece continues, or None where it starts one."""
        if given_id in self._by_id:
            return self._by_id[given_id]
        place = len(self._ids) - 1 if index is None else self._by_index.get(index)
        if place is None or place < 0:
            return None
        if given_id and name and index is None:
            return None
        if name and self._names[place] and self._is_over(place, given_id, name):
            return None
        return place

    def _is_over(self, place: int, given_id: str, name: str) -> bool:
        """Tell whether a piece that brings a name again can no longer mean the call at `place`."""
        arguments = self._arguments[place]
        if not any(arguments):
            return bool(given_id) or name != self._names[place]
        if not arguments[-1].rstrip().endswith("}"):
            return not given_id and name != self._names[place]
        try:
            from_json("".join(arguments))
        except ValueError:
            return False
        return True

    def _start(self, given_id: str, index: int | None, name: str, arguments: str) -> ToolCallDelta:
        place = len(self._ids)
        id_ = given_id or self._made_id(place, name)
        self._ids.append(id_)
        self._names.append(name)
        self._arguments.append([arguments])
        self._by_id[id_] = place
        if index is not None:
            self._by_index[index] = place
        return ToolCallDelta(place, id_, name, arguments)

    def _made_id(self, place: int, name: str) -> str:
        source = f"{self._seed}/{place}/{name}".encode("utf-8", "replace")
        return sha256(source).hexdigest()[:_ID_LENGTH]


def _as_text(arguments: JsonValue) -> str:
    """Return arguments as JSON text; some servers send an object instead of a string."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)


def _as_index(index: JsonValue) -> int | None:
    if isinstance(index, str) and index.isdecimal():
        return int(index)
    return index if isinstance(index, int) else None
