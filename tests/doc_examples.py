"""The Python examples of README and docs."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
OURS = re.compile(r"\b(langchain_ionos|llama_index_ionos|ionos_model_hub)\b")


class Example(NamedTuple):
    """A block of code of a page.

    Attributes:
        line: Line of the page at which the code starts.
        code: The code.
    """

    line: int
    code: str

    @property
    def is_test(self) -> bool:
        """Whether pytest runs it."""
        return "def test_" in self.code


def read_examples(page: Path) -> Iterator[Example]:
    """Yield the examples of a page that use this package."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        if OURS.search(found[1]):
            yield Example(text.count("\n", 0, found.start(1)) + 1, found[1])
