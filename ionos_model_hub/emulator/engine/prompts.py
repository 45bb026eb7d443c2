"""Prompts and inputs, which are texts or lists of token ids."""

from typing import NamedTuple

from ionos_model_hub.emulator.engine.request_types import Prompts
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.text import tokens


class Prompt(NamedTuple):
    """A prompt.

    Attributes:
        text: Its text; token ids become placeholders.
        tokens: The tokens, which joined give the text.
        has_ids: Whether it consists of token ids, to which the engine adds no special tokens.
    """

    text: str
    tokens: tuple[str, ...]
    has_ids: bool = False


def read_prompts(value: Prompts) -> list[Prompt]:
    """Return the prompts of a request.

    Raises:
        ApiError: There are none.
    """
    if value == []:
        raise ApiError(400, "You must pass at least one prompt")
    is_single = isinstance(value, str) or isinstance(value[0], int)
    return [_prompt(item) for item in ([value] if is_single else value)]


def _prompt(value: object) -> Prompt:
    if isinstance(value, list):
        names = tuple(f"{' ' if index else ''}token{id_}" for index, id_ in enumerate(value))
        return Prompt("".join(names), names, has_ids=True)
    text = str(value)
    return Prompt(text, tuple(tokens(text)))
