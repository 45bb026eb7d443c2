"""A call of the hub made ready, for both of the endpoints that answer with text."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions, CompletionOptions
from ionos_model_hub.wire.response_types import ChatCompletion, Completion
from llama_index_ionos.convert.responses import Reading

if TYPE_CHECKING:
    from ionos_model_hub import AsyncClient, AsyncStream, Client, Stream

_RIVALS = (("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens"))


@dataclass(frozen=True, slots=True)
class ChatCall:
    """A call of the chat endpoint.

    Attributes:
        model: The model's id.
        messages: The conversation.
        options: Further fields of the request.
        reading: How the answer is read.
    """

    model: str
    messages: Sequence[ChatMessage]
    options: ChatOptions
    reading: Reading

    def send(self, client: Client) -> ChatCompletion:
        """Return the whole answer; raises ModelHubError."""
        return client.chat(self.messages, model=self.model, **self.options)

    def asend(self, client: AsyncClient) -> Awaitable[ChatCompletion]:
        """Return the whole answer; raises ModelHubError."""
        return client.chat(self.messages, model=self.model, **self.options)

    def stream(self, client: Client) -> Stream[ChatCompletion]:
        """Return the answer as a stream."""
        return client.stream_chat(self.messages, model=self.model, **self.options)

    def astream(self, client: AsyncClient) -> AsyncStream[ChatCompletion]:
        """Return the answer as a stream."""
        return client.stream_chat(self.messages, model=self.model, **self.options)


@dataclass(frozen=True, slots=True)
class TextCall:
    """A call of the completions endpoint; attributes as in ChatCall."""

    model: str
    prompt: str
    options: CompletionOptions
    reading: Reading

    def send(self, client: Client) -> Completion:
        """Return the whole answer; raises ModelHubError."""
        return client.complete(self.prompt, model=self.model, **self.options)

    def asend(self, client: AsyncClient) -> Awaitable[Completion]:
        """Return the whole answer; raises ModelHubError."""
        return client.complete(self.prompt, model=self.model, **self.options)

    def stream(self, client: Client) -> Stream[Completion]:
        """Return the answer as a stream."""
        return client.stream_complete(self.prompt, model=self.model, **self.options)

    def astream(self, client: AsyncClient) -> AsyncStream[Completion]:
        """Return the answer as a stream."""
        return client.stream_complete(self.prompt, model=self.model, **self.options)


def merged_options(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are set, those of later layers before those of earlier ones.

    None means that a layer says nothing. `max_tokens` and `max_completion_tokens` stand for the
    same limit, so a later one takes the place of both.

    Example:
        >>> merged_options({"temperature": 0.1, "max_tokens": 9}, {"max_completion_tokens": 5})
        {'temperature': 0.1, 'max_completion_tokens': 5}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        told = {name: value for name, value in layer.items() if value is not None}
        for name, rival in _RIVALS:
            if name in told and rival not in told:
                merged.pop(rival, None)
        merged |= told
    return merged
