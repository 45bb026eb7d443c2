"""Scripts in YAML or JSON, with the arguments of `Reply` as their vocabulary."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_parser import FieldError, parse_replies

ScriptFormat = Literal["json", "yaml"]


class ScriptError(ValueError):
    """A script is invalid; the message names the file, the line and the field."""


def load_script(path: str | Path) -> list[Reply]:
    """Return the replies in a file, which is JSON if its name ends with `.json`, else YAML.

    Args:
        path: The file: a list of replies, or a mapping with this list as `replies`. Each reply is
            a mapping with the arguments of `Reply`, and each tool call one with `name` and
            `arguments`. Images are base64-encoded. Functions (`when`) are not available.

    Raises:
        OSError: The file cannot be read.
        ScriptError: It is not a valid script.
    """
    path = Path(path)
    kind: ScriptFormat = "json" if path.suffix.lower() == ".json" else "yaml"
    return parse_script(path.read_bytes(), str(path), kind)


def parse_script(content: bytes | str, name: str, kind: ScriptFormat) -> list[Reply]:
    """Return the replies in a script.

    Args:
        content: The script.
        name: Name of the script for errors.
        kind: Format.

    Raises:
        ScriptError: It is not a valid script.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        document = json.loads(text) if kind == "json" else _load_yaml(text)
    except (ValueError, RecursionError) as error:
        raise ScriptError(f"{name} is not valid {kind.upper()}: {error}") from None
    except yaml.YAMLError as error:
        raise ScriptError(f"{name} is not valid YAML: {_one_line(error)}") from None
    try:
        return parse_replies(document)
    except FieldError as error:
        line = _line_of(text, error.path)
        place = f"{name}, line {line}" if line else name
        raise ScriptError(f"{place}: {error}") from None


class _Loader(yaml.SafeLoader):
    """Loads the values that JSON has; dates remain strings."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _load_yaml(text: str) -> Any:
    """Return a YAML document.

    Aliases are rejected, since a short document with nested ones can describe billions of values.
    """
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(f"aliases such as *{event.anchor} are not supported")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the line of the value at a path, or of its closest parent."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None
    if node is None:
        return None
    line: int = node.start_mark.line + 1
    for step in path:
        child = _child(node, step)
        if child is None:
            break
        line, node = child[0].start_mark.line + 1, child[1]
    return line


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node that names a child, and the child."""
    if isinstance(node, yaml.MappingNode):
        pairs = (pair for pair in node.value if pair[0].value == step)
        return next(pairs, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
