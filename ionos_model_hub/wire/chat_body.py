"""Build the body of a chat request: tools, messages and the response format."""

from collections.abc import Container, Mapping

from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.wire import request_types as types
from ionos_model_hub.wire.conversation_repair import repair_conversation
from ionos_model_hub.wire.strict_schemas import normalise_response_format
from ionos_model_hub.wire.tool_calls import history_arguments
from ionos_model_hub.wire.tool_names import ToolNames
from ionos_model_hub.wire.validation import check


def build_chat_body(
    fields: Mapping[str, object], *, repair: bool
) -> tuple[types.ChatCompletionRequest, dict[str, dict[str, object]], ToolNames]:
    """Return the body, the JSON Schema of each tool's parameters, and the names of the tools.

    Args:
        fields: The fields of `types.ChatCompletionRequest` that are set.
        repair: Whether messages are reordered and merged for strict chat templates.

    Raises:
        InvalidRequestError: A field violates the contract.
    """
    _reject_built_in_tools(fields.get("tools"))
    if (response_format := fields.get("response_format")) is not None:
        fields = {**fields, "response_format": normalise_response_format(response_format)}
    body = check(types.ChatCompletionRequest, fields)
    if repair:
        body["messages"] = repair_conversation(body["messages"])
    functions = [tool["function"] for tool in body.get("tools", ())]
    tools = {function["name"]: function.get("parameters", {}) for function in functions}
    names = ToolNames.of(function["name"] for function in functions)
    _check_tool_choice(body, tools)
    _use_wire_names(body, names)
    _fill_in_messages(body)
    # A call in the text is only text if the model must not call tools.
    return body, {} if body.get("tool_choice") == "none" else tools, names


def _reject_built_in_tools(tools: object) -> None:
    """Reject tools that other providers run themselves, such as `web_search_preview`."""
    for index, tool in enumerate(tools if isinstance(tools, list | tuple) else ()):
        kind = tool.get("type", "function") if isinstance(tool, Mapping) else "function"
        if kind != "function":
            raise InvalidRequestError(
                f"{kind!r} is a built-in tool of another provider; the hub has no built-in tools.",
                hint='Pass a function: {"type": "function", "function": {"name": …}}.',
                param=f"tools[{index}].type",
            )


def _check_tool_choice(body: types.ChatCompletionRequest, tools: Container[str]) -> None:
    """Remove a tool choice that has no effect; reject one that no tool can satisfy."""
    choice = body.get("tool_choice")
    if not body.get("tools"):
        body.pop("tools", None)
        body.pop("parallel_tool_calls", None)
        if choice in ("none", "auto"):
            del body["tool_choice"]
        elif choice is not None:
            raise InvalidRequestError(
                "tool_choice requires a tool call, but there are no tools.",
                hint="Pass tools as well, or remove tool_choice.",
                param="tool_choice",
            )
    elif isinstance(choice, dict) and choice["function"]["name"] not in tools:
        raise InvalidRequestError(
            f"tool_choice names {choice['function']['name']!r}, which is not among the tools.",
            hint="Name one of the tools.",
            param="tool_choice",
        )


def _use_wire_names(body: types.ChatCompletionRequest, names: ToolNames) -> None:
    """Replace tool names that the API rejects, in the checked copy."""
    for tool in body.get("tools", []):
        tool["function"]["name"] = names.to_wire(tool["function"]["name"])
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        choice["function"]["name"] = names.to_wire(choice["function"]["name"])
    for message in body["messages"]:
        for call in message.get("tool_calls", ()):
            call["function"]["name"] = names.to_wire(call["function"]["name"])


def _fill_in_messages(body: types.ChatCompletionRequest) -> None:
    """Replace contents and arguments that the API rejects, in the checked copy."""
    for message in body["messages"]:
        if message["content"] is None:
            message["content"] = ""
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"] = history_arguments(call["function"]["arguments"])
