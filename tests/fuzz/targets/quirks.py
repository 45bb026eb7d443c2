"""However content is split, fixing quirks gives the same result and loses only markers."""

from fuzz.pieces import splits

from ionos_model_hub.wire.quirks.leaked_calls import LeakedCall, ToolCallSieve
from ionos_model_hub.wire.quirks.raw_calls import find_raw_call
from ionos_model_hub.wire.quirks.think_tags import ThinkSplitter

TOOLS = ("add", "now")
MISTRAL, QWEN = "mistralai/Mistral-Small-24B-Instruct", "Qwen/Qwen3.5-9B"


def check(data: bytes) -> None:
    content = data.decode("utf-8", "replace")
    calls = sift([content])
    reasoning = split([content])
    for pieces in splits(content):
        assert sift(pieces) == calls, pieces
        assert split(pieces) == reasoning, pieces
    rest, leaked = calls
    assert all(name in TOOLS for name, _ in leaked)
    assert leaked or rest == content
    assert reasoning == split_naively(content)
    assert sift([content], "m") == (content, [])
    assert split([content], "m") == ("", content)
    check_raw(content)


def check_raw(content: str) -> None:
    """A raw call is the end of the content."""
    for is_cut in (True, False):
        if raw := find_raw_call(content, TOOLS, is_cut=is_cut):
            assert content.rstrip().endswith(raw[1])
            assert raw[0] in raw[1]


def split_naively(content: str) -> tuple[str, str]:
    """Split complete content with string methods."""
    opening = content.lstrip()
    if not opening.startswith("<think>"):
        return "", content
    reasoning, _, rest = opening.removeprefix("<think>").partition("</think>")
    return reasoning, rest.lstrip()


def sift(pieces: list[str], model: str = MISTRAL) -> tuple[str, list[LeakedCall]]:
    sieve = ToolCallSieve(model, TOOLS)
    released = "".join(map(sieve.feed, pieces))
    rest, calls = sieve.finish()
    return released + rest, calls


def split(pieces: list[str], model: str = QWEN) -> tuple[str, str]:
    splitter = ThinkSplitter(model)
    texts = [*map(splitter.feed, pieces), splitter.finish()]
    return "".join(thought for _, thought in texts), "".join(text for text, _ in texts)
