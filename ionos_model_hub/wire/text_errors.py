"""Name the text that caused the error of an embedding or rerank request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ionos_model_hub.errors import ContextOverflowError, ModelHubError


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """The texts of a request.

    Attributes:
        field: The field that contains them: `input` or `documents`.
        lengths: Their lengths in characters.
        first_index: Index of the first one in the caller's list, of which this may be a part.

    Example:
        >>> RequestTexts("input", [3, 9], first_index=64).name(1)
        'input[65]'
    """

    field: str
    lengths: Sequence[int] = ()
    first_index: int = 0

    def name(self, index: int) -> str:
        """Return the caller's name for a text."""
        return f"{self.field}[{self.first_index + index}]"

    def rename(self, path: str) -> str:
        """Return the caller's name for a path such as `input[3]` in the body."""
        match = re.fullmatch(rf"{self.field}\[(\d+)\]", path)
        return self.name(int(match[1])) if match else path

    def locate(self, error: ModelHubError) -> None:
        """Name the text that is too long in `param` and `hint`.

        That is the text that the server names, or else the longest one.
        """
        if not isinstance(error, ContextOverflowError) or not self.lengths:
            return
        named = re.search(rf"\b{self.field}\W{{1,2}}(\d{{1,9}})", f"{error.param} {error.message}")
        if named and int(named[1]) < len(self.lengths):
            index, longest = int(named[1]), ""
        else:
            index = max(range(len(self.lengths)), key=self.lengths.__getitem__)
            longest = ", the longest" if len(self.lengths) > 1 else ""
        error.param = self.name(index)
        error.hint = (
            f"Split {error.param} ({self.lengths[index]} characters{longest}) into shorter "
            "pieces, or use a model with a longer context."
        )
