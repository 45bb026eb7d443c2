"""The engine's rules for chat requests that go beyond the types of the fields."""

from typing import Any

from ionos_model_hub.emulator.errors import ApiError, invalid_parameter
from ionos_model_hub.emulator.json_type import Json


def check_chat_rules(body: Json) -> None:
    """Check a body before the types of its fields are validated.

    Raises:
        ApiError: A 400 that names the parameter.
    """
    if body.get("messages") == []:
        raise ApiError(400, "list object has no element 0")  # from the chat template
    _check_response_format(body.get("response_format"))
    check_stream_options(body)
    _check_top_logprobs(body)
    if body.get("tools") == []:
        raise invalid_parameter(
            "`tools` must not be an empty array. "
            "Either provide at least one tool or omit the field entirely.",
            "tools",
        )
    _check_tool_choice(body.get("tool_choice"), body.get("tools"))


def check_stream_options(body: Json) -> None:
    """Check that stream options are set for streams only.

    Raises:
        ApiError: A 400 that names the parameter.
    """
    if body.get("stream_options") and not body.get("stream"):
        raise invalid_parameter(
            "Stream options can only be defined when `stream=True`.", "stream_options"
        )


def _check_response_format(response_format: Any) -> None:
    if not isinstance(response_format, dict) or response_format.get("type") != "json_schema":
        return
    if response_format.get("json_schema") is None:
        raise invalid_parameter(
            "When response_format type is 'json_schema', the 'json_schema' field must be provided.",
            "response_format",
        )


def _check_top_logprobs(body: Json) -> None:
    top = body.get("top_logprobs")
    if top is None:
        return
    if not isinstance(top, int | float):
        raise invalid_parameter("`top_logprobs` must be an integer.", "top_logprobs", top)
    if top < -1:
        raise invalid_parameter(
            "`top_logprobs` must be a positive value or -1.", "top_logprobs", top
        )
    if top and not body.get("logprobs"):
        raise invalid_parameter(
            "when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs"
        )


def _check_tool_choice(choice: Any, tools: Any) -> None:
    if choice is None or choice == "none":
        return
    if not tools:
        raise invalid_parameter("When using `tool_choice`, `tools` must be set.", "tool_choice")
    if isinstance(choice, str) and choice not in ("auto", "required"):
        raise invalid_parameter(
            f"Invalid value for `tool_choice`: {choice}! "
            'Only named tools, "none", "auto" or "required" are supported.',
            "tool_choice",
        )
    if isinstance(choice, dict) and _name_of(choice) not in map(_name_of, tools):
        raise invalid_parameter(
            "The tool specified in `tool_choice` does not match any of the specified `tools`",
            "tool_choice",
        )


def _name_of(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function.get("name") if isinstance(function, dict) else None
