"""Assemble a response from the events of a stream, or from the body of a non-streamed response.

Both use the same code, so that they cannot differ: a complete message is read as one large delta.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from pydantic import JsonValue

from ionos_model_hub.errors import IncompleteStreamError, ModelHubError, ResponseError
from ionos_model_hub.wire.choice_assembly import ChoiceAssembler, merge_logprobs
from ionos_model_hub.wire.error_bodies import error_in
from ionos_model_hub.wire.json_fields import as_dict, get_int, get_str
from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Delta, TextChoice
from ionos_model_hub.wire.responses import read_usage
from ionos_model_hub.wire.surrogates import SurrogateJoiner
from ionos_model_hub.wire.tool_names import ToolNames

ResponseT = TypeVar("ResponseT", bound=ChatCompletion | Completion)

DONE = "[DONE]"
_MAX_SHOWN = 120


class Assembler(ABC, Generic[ResponseT]):
    """Parses a stream's events into deltas and accumulates the response.

    Attributes:
        response: The response received so far; `finish` adds its choices.
        done: Whether the stream has sent `[DONE]`.
    """

    _choices: Mapping[int, ChoiceAssembler | TextChoice]

    def __init__(self, response: ResponseT) -> None:
        self.response = response
        self.done = False
        self._joiner = SurrogateJoiner()

    def feed(self, data: str) -> list[Delta]:
        """Parse the data of one event; return its deltas.

        Raises:
            APIError: The event is an error.
            ResponseError: The event violates the contract.
        """
        if self.done:
            return []
        try:
            chunk = self._joiner.parse(data)
        except ValueError:
            chunk = None
        if isinstance(chunk, dict):
            if error := error_in(chunk, self.response.headers):
                raise error
            return self._read_chunk(chunk)
        if data.strip() != DONE:
            raise ResponseError(
                f"The stream sent an event that is not a JSON object: {data[:_MAX_SHOWN]!r}."
            )
        self.done = True
        return []

    def finish(self) -> tuple[list[Delta], ResponseT]:
        """End the stream; return the deltas held back until now, and the complete response.

        Raises:
            IncompleteStreamError: The stream ended with neither `[DONE]` nor a finish reason.
            ResponseError: It ended without any choice.
        """
        if not self.done and not self._is_finished():
            raise IncompleteStreamError(
                "The stream ended before the response was complete.",
                hint="Try again. `partial` contains the text received so far.",
            )
        held_back = self._close()
        if not self.response.choices:
            raise ResponseError("The stream ended without a response.")
        return held_back, self.response

    def parse_body(self, body: JsonValue) -> ResponseT:
        """Return a non-streamed response; raises ResponseError if it has no choices.

        `responses.parse_response` has checked that it is not an error.
        """
        if not isinstance(body, dict) or not isinstance(body.get("choices"), list):
            raise ResponseError("The response has no list 'choices'.")
        self._read_chunk(body)
        self._close()
        if not self.response.choices:
            raise ResponseError("The response has no choices.")
        return self.response

    def attach_partial(self, error: ModelHubError) -> ModelHubError:
        """Return `error` with the response received so far as its `partial`."""
        self._close()
        if self.response.choices:
            error.partial = self.response
        return error

    def _read_chunk(self, chunk: dict[str, JsonValue]) -> list[Delta]:
        if not self.response.id or "system_fingerprint" in chunk:
            self._read_head(chunk)
        if usage := chunk.get("usage"):
            self.response.usage = read_usage(usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            return []
        return [
            delta
            for choice in choices
            if isinstance(choice, dict) and (delta := self._read_choice(choice))
        ]

    def _read_head(self, chunk: dict[str, JsonValue]) -> None:
        """Read the fields that do not belong to a choice."""
        response = self.response
        if not response.id:
            response.id = get_str(chunk, "id")
            response.model = get_str(chunk, "model")
            response.created = get_int(chunk, "created")

    @abstractmethod
    def _read_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        """Parse an entry of `choices`; return its delta, or None if it adds nothing."""

    @abstractmethod
    def _close(self) -> list[Delta]:
        """Add the choices to the response; return the deltas held back until now."""

    def _is_finished(self) -> bool:
        """Return whether every choice has a finish reason."""
        return bool(self._choices) and all(c.finish_reason for c in self._choices.values())


class ChatAssembler(Assembler[ChatCompletion]):
    """Assembles chat responses.

    Args:
        model: The requested model, whose quirks are fixed.
        names: Maps the tools' names on the wire to the caller's.
        tools: The JSON Schema of each tool's parameters, by the caller's name.
        fix_model_quirks: Whether known model quirks are fixed.

    Example:
        >>> assembler = ChatAssembler("m")
        >>> assembler.feed('{"choices": [{"index": 0, "delta": {"content": "Hallo"}}]}')[0].text
        'Hallo'
    """

    def __init__(
        self,
        model: str,
        names: ToolNames | None = None,
        tools: Mapping[str, Mapping[str, object]] | None = None,
        *,
        fix_model_quirks: bool = True,
    ) -> None:
        super().__init__(ChatCompletion())
        self._model = model if fix_model_quirks else ""
        self._tools = tools or {}
        self._names = names or ToolNames.of(self._tools)
        self._choices: dict[int, ChoiceAssembler] = {}

    def _read_head(self, chunk: dict[str, JsonValue]) -> None:
        super()._read_head(chunk)
        if fingerprint := chunk.get("system_fingerprint"):
            self.response.system_fingerprint = str(fingerprint)

    def _read_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        index = get_int(choice, "index")
        assembler = self._choices.get(index)
        if assembler is None:
            assembler = self._choices[index] = ChoiceAssembler(
                index,
                model=self._model,
                names=self._names,
                tools=self._tools,
                seed=self.response.id or self.response.headers.get("x-trace-id", ""),
            )
        return assembler.feed(choice)

    def _close(self) -> list[Delta]:
        choices = [choice for _, choice in sorted(self._choices.items())]
        held_back = [delta for choice in choices if (delta := choice.release())]
        self.response.choices = [choice.choice() for choice in choices]
        return held_back


class CompletionAssembler(Assembler[Completion]):
    """Assembles responses of the completions endpoint."""

    def __init__(self) -> None:
        super().__init__(Completion())
        self._choices: dict[int, TextChoice] = {}
        self._texts: dict[int, list[str]] = {}

    def _read_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        index, piece = get_int(choice, "index"), get_str(choice, "text")
        text_choice = self._choices.setdefault(index, TextChoice(index))
        self._texts.setdefault(index, []).append(piece)
        reason = get_str(choice, "finish_reason")
        text_choice.finish_reason = reason or text_choice.finish_reason
        logprobs = as_dict(choice.get("logprobs"))
        if logprobs:
            text_choice.logprobs = merge_logprobs(text_choice.logprobs, logprobs)
        if not (piece or choice.get("finish_reason") or logprobs):
            return None
        return Delta(index, piece, finish_reason=reason or None, logprobs=logprobs or None)

    def _close(self) -> list[Delta]:
        self.response.choices = [choice for _, choice in sorted(self._choices.items())]
        for choice in self.response.choices:
            choice.text = "".join(self._texts[choice.index])
        return []
