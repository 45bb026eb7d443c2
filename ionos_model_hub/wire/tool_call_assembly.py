"""Assemble streamed tool calls, however a server uses `index`, `id` and `name`."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import JsonValue
from pydantic_core import from_json

from ionos_model_hub.wire.json_fields import as_dict, get_str
from ionos_model_hub.wire.response_types import ToolCall, ToolCallDelta

_ID_LENGTH = 9


@dataclass(slots=True)
class _Call:
    """A call, with the pieces of its arguments received so far."""

    id: str
    name: str
    arguments: list[str]

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are JSON that has ended."""
        if not self.arguments[-1].rstrip().endswith("}"):
            return False
        try:
            from_json("".join(self.arguments))
        except ValueError:
            return False
        return True


class ToolCallAssembler:
    """Assembles the tool calls of one choice.

    A piece belongs to the call with its `id`, else to the one with its `index`, else to the
    latest. A piece starts a new call if it has an unknown id and a name, or an unknown index, or
    a name after arguments that are complete. The first id and name of a call are kept. A call
    without an id, or with that of an earlier complete call, gets one of nine letters and digits,
    the form that Mistral's chat template requires.

    Args:
        seed: Makes generated ids unique: the id of the response.
        own_name: Maps a tool's name on the wire to the caller's.

    Example:
        >>> assembler = ToolCallAssembler("chat-1")
        >>> piece = {"id": "a", "function": {"name": "add", "arguments": "{}"}}
        >>> assembler.feed([piece])[0].name, assembler.calls()[0].arguments
        ('add', '{}')
    """

    def __init__(self, seed: str, own_name: Callable[[str], str] = str) -> None:
        self._seed = seed
        self._own_name = own_name
        self._calls: list[_Call] = []
        self._by_id: dict[str, int] = {}
        self._by_index: dict[int, int] = {}

    def feed(
        self, pieces: Sequence[JsonValue], *, are_calls: bool = False
    ) -> tuple[ToolCallDelta, ...]:
        """Parse the `tool_calls` of one delta; return the pieces that add something.

        Args:
            pieces: The pieces.
            are_calls: Whether each piece with a name is a complete call, as in a message that is
                not streamed.
        """
        deltas: list[ToolCallDelta] = []
        for piece in pieces:
            delta = self._feed_piece(as_dict(piece), are_calls)
            if delta.arguments or delta.id or delta.name:
                deltas.append(delta)
        return tuple(deltas)

    def calls(self) -> list[ToolCall]:
        """Return the calls received so far."""
        return [ToolCall(call.id, call.name, "".join(call.arguments)) for call in self._calls]

    def add(self, name: str, arguments: str) -> ToolCallDelta:
        """Add a complete call that did not arrive as a piece."""
        return self._start("", None, self._own_name(name), arguments)

    def _feed_piece(self, piece: dict[str, JsonValue], is_call: bool) -> ToolCallDelta:
        function = as_dict(piece.get("function"))
        id_ = get_str(piece, "id") if "id" in piece else ""
        wire_name = get_str(function, "name") if "name" in function else ""
        name = wire_name and self._own_name(wire_name)
        arguments = _as_text(function.get("arguments"))
        index = _as_index(piece.get("index"))
        position = None if is_call and name else self._find_call(id_, index, name)
        if position is None:
            return self._start(id_, index, name, arguments)
        call = self._calls[position]
        if arguments:
            call.arguments.append(arguments)
        if call.name:
            return ToolCallDelta(position, arguments=arguments)
        call.name = name
        return ToolCallDelta(position, name=name, arguments=arguments)

    def _find_call(self, id_: str, index: int | None, name: str) -> int | None:
        """Return the position of the call that a piece continues, or None if it starts one."""
        if id_ in self._by_id:
            known = self._by_id[id_]
            is_new_index = index is not None and index not in self._by_index
            starts_call = name and _repeats_id(self._calls[known], name, is_new_index)
            return None if starts_call else known
        position = len(self._calls) - 1 if index is None else self._by_index.get(index)
        if position is None or position < 0:
            return None
        if id_ and name and index is None:
            return None
        call = self._calls[position]
        if name and call.name and _is_complete(call, id_, name):
            return None
        return position

    def _start(self, id_: str, index: int | None, name: str, arguments: str) -> ToolCallDelta:
        position = len(self._calls)
        is_unique = id_ and id_ not in self._by_id
        own_id = id_ if is_unique else self._generate_id(position, name)
        self._calls.append(_Call(own_id, name, [arguments]))
        self._by_id[id_ or own_id] = position
        if index is not None:
            self._by_index[index] = position
        return ToolCallDelta(position, own_id, name, arguments)

    def _generate_id(self, position: int, name: str) -> str:
        source = f"{self._seed}/{position}/{name}".encode(errors="replace")
        return sha256(source).hexdigest()[:_ID_LENGTH]


def _repeats_id(call: _Call, name: str, is_new_index: bool) -> bool:
    """Return whether a piece with the id and a name is another call, which has the same id."""
    if name != call.name:
        return call.is_complete or not any(call.arguments)
    return is_new_index and call.is_complete


def _is_complete(call: _Call, id_: str, name: str) -> bool:
    """Return whether a piece with a name, but no known id, cannot belong to a call."""
    if not any(call.arguments):
        return bool(id_) or name != call.name
    if not call.arguments[-1].rstrip().endswith("}"):
        return not id_ and name != call.name
    return call.is_complete


def _as_text(arguments: JsonValue) -> str:
    """Return arguments as JSON text; some servers send an object instead of a string."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)


def _as_index(index: JsonValue) -> int | None:
    if isinstance(index, str) and index.isdecimal():
        return int(index)
    return index if isinstance(index, int) else None
