"""Words that responses and conversations consist of."""

from fuzz.draw import Draw

MODELS = ("m", "Qwen/Qwen3.5-9B", "mistralai/Mistral-Small-24B-Instruct", "openai/gpt-oss-120b")
TOOLS = ("add", "now")
SCHEMAS: dict[str, dict[str, object]] = {
    "add": {"type": "object", "properties": {"a": {}}, "required": ["a"]},
    "now": {"type": "object", "properties": {}},
}
ARGUMENTS = ("{", "}", '"a": 1', "{}", '{"a": ', '"x', "[1]", "null", "", " ")
CONTENT = (
    *("Hallo", " ", "\n", "<think>", "</think>", "</th", "[TOOL_CALLS]", "[TOOL_CALLS] add{", "}"),
    *("<", "[", "{", '{"name": "add", "arguments": {}}', "🌍", "\ud83c", "\udf0d", ""),
)
IDS = ("a", "b", "call_1", "")
ROLES = ("system", "developer", "user", "assistant", "tool", "function", "chatbot", "model")
BLOCKS = (
    *("type", "text", "image_url", "image", "url", "base64", "mime_type", "image/png", "detail"),
    *("auto", "reasoning", "thinking", "refusal", "tool_call", "tool_use", "input", "id", "name"),
    *("args", "non_standard", "value", "source", "media_type", "data", "extras", "index", "audio"),
    *(
        "invalid_tool_call",
        "tool_call_chunk",
        "text-plain",
        "iVBORw0KGgo",
        "file_id",
        "source_type",
    ),
)


def choice_of(draw: Draw) -> dict[str, object]:
    """Draw an entry of `choices` as a server may stream it: well formed, in any order."""
    delta: dict[str, object] = {}
    kind = draw.below(5)
    if kind <= 1:
        delta["content"] = draw.text(CONTENT)
    elif kind == 2:
        delta[draw.one_of(("reasoning", "reasoning_content", "refusal"))] = draw.text(CONTENT)
    else:
        delta["tool_calls"] = [piece_of(draw) for _ in range(1 + draw.below(2))]
    choice: dict[str, object] = {"index": draw.below(8) // 6, "delta": delta}
    if draw.below(16) == 15:
        choice["finish_reason"] = draw.one_of(("stop", "length", "tool_calls"))
    return choice


def piece_of(draw: Draw) -> dict[str, object]:
    """Draw a piece of a tool call; `index`, `id` and `name` may be absent."""
    function: dict[str, object] = {"arguments": draw.text(ARGUMENTS)}
    piece: dict[str, object] = {"function": function}
    present = draw.byte()
    if present & 3:
        piece["index"] = present >> 6
    if present & 4:
        piece["id"] = draw.one_of(IDS)
    if present & 8:
        function["name"] = draw.one_of((*TOOLS, "add<|channel|>x", "other"))
    return piece
