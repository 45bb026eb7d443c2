"""Put an answer together: from the events of a stream, or from one whole body.

Both go the same way, so that a streamed answer and a whole one cannot differ: a whole message
is read as one large delta.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from pydantic import JsonValue

from ionos_model_hub.errors import IncompleteStreamError, ModelHubError, ResponseError
from ionos_model_hub.wire.choice_assembly import ChoiceAssembler, merged_logprobs
from ionos_model_hub.wire.error_bodies import error_in
from ionos_model_hub.wire.json_fields import as_dict, get_int, get_str
from ionos_model_hub.wire.response_types import ChatCompletion, Completion, Delta, TextChoice
from ionos_model_hub.wire.responses import read_usage
from ionos_model_hub.wire.surrogates import Halves
from ionos_model_hub.wire.tool_names import ToolNames

Answer = TypeVar("Answer", bound=ChatCompletion | Completion)

DONE = "[DONE]"
_SHOWN = 120


class Assembler(ABC, Generic[Answer]):
    """Takes a stream's events, hands out deltas and keeps the answer so far.

    Attributes:
        answer: The answer as far as it has come; its text is filled in by `finish`.
        done: Whether the stream said that it is over.
    """

    _choices: Mapping[int, ChoiceAssembler | TextChoice]

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.done = False
        self._halves = Halves()

    def feed(self, data: str) -> list[Delta]:
        """Take the data of one event; return what it adds.

        Raises:
            APIError: The event is an error.
            ResponseError: The event is not what the contract promises.
        """
        if self.done:
            return []
        try:
            chunk = self._halves.parse(data)
        except ValueError:
            chunk = None
        if isinstance(chunk, dict):
            return self._take(chunk)
        if data.strip() != DONE:
            raise ResponseError(
                f"The stream sent an event that is no JSON object: {data[:_SHOWN]!r}."
            )
        self.done = True
        return []

    def finish(self) -> tuple[list[Delta], Answer]:
        """End the stream; return what was still held back, and the whole answer.

        Raises:
            IncompleteStreamError: The stream ended with neither `[DONE]` nor a finish reason.
            ResponseError: It ended without any answer.
        """
        if not self.done and not self._is_finished():
            raise IncompleteStreamError(
                "The stream ended before the answer did.",
                hint="What had arrived is in `partial`. Try again.",
            )
        held = self._close()
        if not self.answer.choices:
            raise ResponseError("The stream ended without an answer.")
        return held, self.answer

    def parse_body(self, body: JsonValue) -> Answer:
        """Return the answer of an unstreamed call; raises ResponseError for an empty one."""
        if not isinstance(body, dict) or not isinstance(body.get("choices"), list):
            raise ResponseError("The answer has no list 'choices'.")
        self._take(body)
        self._close()
        if not self.answer.choices:
            raise ResponseError("The answer holds no choices.")
        return self.answer

    def broken(self, error: ModelHubError) -> ModelHubError:
        """Return `error` with what had arrived before it."""
        self._close()
        if self.answer.choices:
            error.partial = self.answer
        return error

    def _take(self, chunk: dict[str, JsonValue]) -> list[Delta]:
        if error := error_in(chunk, {}):
            raise error
        if not self.answer.id or "system_fingerprint" in chunk:
            self._take_head(chunk)
        if usage := chunk.get("usage"):
            self.answer.usage = read_usage(usage)
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            return []
        return [
            delta
            for choice in choices
            if isinstance(choice, dict) and (delta := self._take_choice(choice))
        ]

    def _take_head(self, chunk: dict[str, JsonValue]) -> None:
        """Take what is said of the answer as a whole."""
        answer = self.answer
        if not answer.id:
            answer.id = get_str(chunk, "id")
            answer.model = get_str(chunk, "model")
            answer.created = get_int(chunk, "created")

    @abstractmethod
    def _take_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        """Take one entry of `choices`; return what it adds, or None for nothing."""

    @abstractmethod
    def _close(self) -> list[Delta]:
        """Write the choices into the answer; return what was held back."""

    def _is_finished(self) -> bool:
        """Tell whether every choice gave a finish reason."""
        return bool(self._choices) and all(c.finish_reason for c in self._choices.values())


class ChatAssembler(Assembler[ChatCompletion]):
    """Assembles chat answers.

    Args:
        model: The model asked, whose quirks are mended.
        names: Turns the tools' names back into the caller's.
        offered: The tools' names as sent; empty if there were none.
        fix_model_quirks: Whether known faults of models are mended.

    Example:
        >>> assembler = ChatAssembler("m")
        >>> assembler.feed('{"choices": [{"index": 0, "delta": {"content": "Hallo"}}]}')[0].text
        'Hallo'
    """

    def __init__(
        self,
        model: str,
        names: ToolNames | None = None,
        offered: Collection[str] = (),
        *,
        fix_model_quirks: bool = True,
    ) -> None:
        super().__init__(ChatCompletion())
        self._model = model if fix_model_quirks else ""
        self._names = names or ToolNames.of(())
        self._offered = offered
        self._choices: dict[int, ChoiceAssembler] = {}

    def _take_head(self, chunk: dict[str, JsonValue]) -> None:
        super()._take_head(chunk)
        if fingerprint := chunk.get("system_fingerprint"):
            self.answer.system_fingerprint = str(fingerprint)

    def _take_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        index = get_int(choice, "index")
        assembler = self._choices.get(index)
        if assembler is None:
            assembler = self._choices[index] = ChoiceAssembler(
                index,
                model=self._model,
                names=self._names,
                offered=self._offered,
                seed=self.answer.id or self.answer.headers.get("x-trace-id", ""),
            )
        return assembler.feed(choice)

    def _close(self) -> list[Delta]:
        choices = [choice for _, choice in sorted(self._choices.items())]
        held = [delta for choice in choices if (delta := choice.release())]
        self.answer.choices = [choice.choice() for choice in choices]
        return held


class CompletionAssembler(Assembler[Completion]):
    """Assembles answers of the completions endpoint."""

    def __init__(self) -> None:
        super().__init__(Completion())
        self._choices: dict[int, TextChoice] = {}
        self._texts: dict[int, list[str]] = {}

    def _take_choice(self, choice: dict[str, JsonValue]) -> Delta | None:
        index, piece = get_int(choice, "index"), get_str(choice, "text")
        kept = self._choices.setdefault(index, TextChoice(index))
        self._texts.setdefault(index, []).append(piece)
        kept.finish_reason = get_str(choice, "finish_reason") or kept.finish_reason
        logprobs = as_dict(choice.get("logprobs"))
        if logprobs:
            kept.logprobs = merged_logprobs(kept.logprobs, logprobs)
        if not (piece or choice.get("finish_reason") or logprobs):
            return None
        return Delta(
            index,
            piece,
            finish_reason=get_str(choice, "finish_reason") or None,
            logprobs=logprobs or None,
        )

    def _close(self) -> list[Delta]:
        self.answer.choices = [choice for _, choice in sorted(self._choices.items())]
        for choice in self.answer.choices:
            choice.text = "".join(self._texts[choice.index])
        return []
