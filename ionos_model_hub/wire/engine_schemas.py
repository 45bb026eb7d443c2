"""The JSON Schema features that the hub's engine rejects, as a table.

Measured with vLLM 0.32.0. It compiles a `response_format` with xgrammar, and with llguidance
where xgrammar does not implement a feature in it; each rejects other features, with status 400
("Grammar error: Unimplemented keys", "Unknown format", "regex parse error"). Schemas of strict
tools go to xgrammar alone, which accepts all of the features below.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial

from ionos_model_hub.wire.schema_walk import JsonObject, rewrite, subschemas

REJECTED_KEYWORDS = frozenset({"uniqueItems", "contains", "minContains", "maxContains"})
"""Rejected by both compilers."""

ACCEPTED_FORMATS = frozenset(
    {
        *("date", "date-time", "time", "duration", "email", "hostname"),
        *("ipv4", "ipv6", "uri", "uri-reference", "uuid", "json-pointer"),
    }
)
"""Every other `format` is rejected, among them those that pydantic writes: `path`, `password`,
`binary`, `base64url`, `ipv4network`, `uuid4`, `json-string` and `regex`."""

LLGUIDANCE_KEYWORDS = frozenset(
    {
        *("not", "if", "then", "else", "propertyNames", "$dynamicRef"),
        *("dependentRequired", "dependentSchemas", "dependencies"),
        *("unevaluatedProperties", "unevaluatedItems"),
    }
)
"""Rejected by llguidance. It also rejects `oneOf`, for which `anyOf` is sent."""

# These, and `oneOf`, may become stricter when a schema in them is relaxed.
_NEGATIONS = frozenset({"not", "if", "then", "else"})

LLGUIDANCE_FORMATS = frozenset({"json-pointer", "uri-reference"})
"""Formats that llguidance rejects although xgrammar accepts them."""

# Both ignore or reject assertions. Without one a pattern matches more, never less.
_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_GROUP_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(|\)", re.DOTALL)
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[?+]?")
# Back references and the escapes \b, \B, \A, \Z: parse errors in llguidance.
_REJECTED_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[1-9bBAZ]|k<)|\(\?P=")

_LENGTHS = ("minLength", "maxLength")
_BESIDE_PROPERTY_NAMES = ("properties", "patternProperties", "unevaluatedProperties")


def remove_rejected(schema: Mapping[str, object]) -> JsonObject:
    """Return a copy of a schema without the features that the engine rejects.

    The result accepts all values that the schema accepts, and maybe more, so responses have to
    be validated against the original.

    Example:
        >>> remove_rejected({"type": "array", "items": {"format": "path"}, "uniqueItems": True})
        {'type': 'array', 'items': {}}
    """
    original = rewrite(schema, dict)
    relaxed = rewrite(original, _remove_always_rejected)
    if any(map(needs_llguidance, subschemas(relaxed))):
        return rewrite(relaxed, _prepare_for_llguidance)
    if relaxed != original:
        return rewrite(relaxed, partial(_relax, keywords=_NEGATIONS))
    return relaxed


def _remove_always_rejected(node: JsonObject) -> JsonObject:
    relaxed = {key: value for key, value in node.items() if key not in REJECTED_KEYWORDS}
    if "format" in relaxed and str(relaxed["format"]) not in ACCEPTED_FORMATS:
        del relaxed["format"]
    if isinstance(pattern := relaxed.get("pattern"), str):
        relaxed["pattern"] = remove_look_around(pattern)
    return relaxed


def _prepare_for_llguidance(node: JsonObject) -> JsonObject:
    relaxed = _relax(node, LLGUIDANCE_KEYWORDS)
    if str(relaxed.get("format")) in LLGUIDANCE_FORMATS:
        del relaxed["format"]
    if isinstance(pattern := relaxed.get("pattern"), str) and _REJECTED_ESCAPE.search(pattern):
        del relaxed["pattern"]
    return relaxed


def _relax(node: JsonObject, keywords: Collection[str]) -> JsonObject:
    """Remove keywords, and let several branches of a `oneOf` match."""
    relaxed = {key: value for key, value in node.items() if key not in keywords}
    if "oneOf" in relaxed:
        branches = relaxed.pop("oneOf")
        relaxed.setdefault("anyOf", branches)
    return relaxed


def needs_llguidance(node: Mapping[str, object]) -> bool:
    """Return whether vLLM compiles a schema with llguidance because xgrammar cannot."""
    branches = node.get("allOf")
    patterns = node.get("patternProperties")
    return (
        "multipleOf" in node
        or (("pattern" in node or "format" in node) and any(key in node for key in _LENGTHS))
        or ("propertyNames" in node and any(key in node for key in _BESIDE_PROPERTY_NAMES))
        or (isinstance(patterns, Mapping) and ("properties" in node or len(patterns) > 1))
        or (isinstance(branches, list) and len(branches) > 1)
    )


def remove_look_around(pattern: str) -> str:
    r"""Return a regular expression without look-ahead and look-behind.

    Pydantic 2.11 to 2.13 write them for `Decimal`.

    Example:
        >>> remove_look_around(r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$")
        '^[+-]?0*\\d*\\.?\\d*$'
    """
    parts: list[str] = []
    end = depth = removed_depth = 0
    for token in _GROUP_TOKEN.finditer(pattern):
        text = token[0]
        if text in _LOOK_AROUND and not removed_depth:
            parts.append(pattern[end : token.start()])
            removed_depth = depth + 1
        if text.startswith("("):
            depth += 1
        elif text == ")":
            if removed_depth and depth == removed_depth:
                end, removed_depth = _end_of_quantifier(pattern, token.end()), 0
            depth -= 1
    return "".join(parts) + ("" if removed_depth else pattern[end:])


def _end_of_quantifier(pattern: str, start: int) -> int:
    quantifier = _QUANTIFIER.match(pattern, start)
    return quantifier.end() if quantifier else start
