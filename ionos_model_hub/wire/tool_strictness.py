"""When tools have to be strict, so that the engine does what the request asks for."""

from collections.abc import Mapping


def needs_strict_tools(tool_choice: object, response_format: object) -> bool:
    """Return whether tools should be strict unless the user decides otherwise.

    vLLM checks the arguments of a forced call only if the tool is strict. A response format
    applies to the entire output, so the model cannot call a tool, unless one of them is strict
    (measured with vLLM 0.32).

    Args:
        tool_choice: The choice in the API's form, or None.
        response_format: The format as the caller passed it, for example a class, or None.

    Example:
        >>> needs_strict_tools("auto", None), needs_strict_tools("auto", {"type": "json_object"})
        (False, True)
    """
    if tool_choice in (None, "auto"):
        is_text = isinstance(response_format, Mapping) and response_format.get("type") == "text"
        return response_format is not None and not is_text
    return tool_choice != "none"
