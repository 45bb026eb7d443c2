"""Models with known faults, and ways to split their texts."""

from hypothesis import strategies as st

GPT_OSS = "openai/gpt-oss-120b"
LLAMA = "meta-llama/Llama-3.3-70B-Instruct"
MISTRAL = "mistralai/Mistral-Small-24B-Instruct"
QWEN = "Qwen/Qwen3.5-9B"
MODELS = [GPT_OSS, LLAMA, MISTRAL, QWEN, "mistralai/Mistral-Nemo-Instruct-2407", "new/model", ""]

PIECES = ["[TOOL_CALLS]", "[", "]", "{", "}", "get", "_weather", "add-2", '"', ":", ",", " ", "\n"]
JSON_PIECES = ['"name"', '"tool"', '"arguments"', '"parameters"', '"get"', "{}", "[ARGS]", "x"]
TAG_PIECES = ["<think>", "</think>", "<", "/think", "<|channel|>"]
texts_with_markers = st.lists(st.sampled_from(PIECES + JSON_PIECES + TAG_PIECES), max_size=25).map(
    "".join
)


def two_splits(text: str) -> list[list[str]]:
    """Return every way to split a text in two; only one if it is long."""
    if len(text) > 200:
        return [[text[:9], text[9:]]]
    return [[text[:at], text[at:]] for at in range(len(text) + 1)]


@st.composite
def split_texts(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[str]:
    """Draw a text in pieces."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
