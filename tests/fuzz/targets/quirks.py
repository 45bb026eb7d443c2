"""However content is cut, mending it comes to the same, and loses nothing but markers."""

from fuzz.pieces import cuttings

from ionos_model_hub.wire.quirks import (
    LeakedCall,
    ThinkSplitter,
    ToolCallSieve,
    leaked_tool_calls,
    split_thinking,
)

TOOLS = ("add", "now")
MISTRAL, QWEN = "mistralai/Mistral-Small-24B-Instruct", "Qwen/Qwen3.5-9B"


def check(data: bytes) -> None:
    content = data.decode("utf-8", "replace")
    calls = leaked_tool_calls(MISTRAL, content, TOOLS)
    thinking = split_thinking(QWEN, content)
    for pieces in cuttings(content):
        assert sieved(pieces) == calls, pieces
        assert split(pieces) == thinking, pieces
    left, found = calls
    assert all(name in TOOLS for name, _ in found)
    assert found or left == content
    assert thinking == thinking_in(content)
    assert leaked_tool_calls("m", content, TOOLS) == (content, [])
    assert split_thinking("m", content) == ("", content)


def thinking_in(content: str) -> tuple[str, str]:
    """Split a whole content the naive way."""
    opening = content.lstrip()
    if not opening.startswith("<think>"):
        return "", content
    reasoning, _, told = opening.removeprefix("<think>").partition("</think>")
    return reasoning, told.lstrip()


def sieved(pieces: list[str]) -> tuple[str, list[LeakedCall]]:
    sieve = ToolCallSieve(MISTRAL, TOOLS)
    shown = "".join(map(sieve.feed, pieces))
    rest, calls = sieve.finish()
    return shown + rest, calls


def split(pieces: list[str]) -> tuple[str, str]:
    splitter = ThinkSplitter(QWEN)
    told = [pair for piece in pieces for pair in splitter.feed(piece)] + splitter.finish()
    reasoning = "".join(text for kind, text in told if kind == "reasoning")
    return reasoning, "".join(text for kind, text in told if kind == "content")
