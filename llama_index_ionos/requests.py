"""Requests to the chat and the completions endpoint, ready to be sent by a client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatResponse

from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions, CompletionOptions
from ionos_model_hub.wire.response_types import ChatCompletion, Completion
from llama_index_ionos.convert.responses import ParseOptions, to_chat_response

if TYPE_CHECKING:
    from ionos_model_hub import AsyncClient, AsyncStream, Client, Stream

_SYNONYMS = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request to the chat endpoint.

    Attributes:
        model: The model's id.
        messages: The conversation.
        options: Further fields of the request.
        parse_options: How the response is parsed.
    """

    model: str
    messages: Sequence[ChatMessage]
    options: ChatOptions
    parse_options: ParseOptions

    def send(self, client: Client) -> ChatResponse:
        """Return the complete response; raises ModelHubError."""
        response = client.chat(self.messages, model=self.model, **self.options)
        return to_chat_response(response, self.parse_options)

    async def asend(self, client: AsyncClient) -> ChatResponse:
        """Return the complete response; raises ModelHubError."""
        response = await client.chat(self.messages, model=self.model, **self.options)
        return to_chat_response(response, self.parse_options)

    def stream(self, client: Client) -> Stream[ChatCompletion]:
        """Return the response as a stream of deltas."""
        return client.stream_chat(self.messages, model=self.model, **self.options)

    def astream(self, client: AsyncClient) -> AsyncStream[ChatCompletion]:
        """Return the response as a stream of deltas."""
        return client.stream_chat(self.messages, model=self.model, **self.options)


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """A request to the completions endpoint; attributes as in ChatRequest."""

    model: str
    prompt: str
    options: CompletionOptions
    parse_options: ParseOptions

    def send(self, client: Client) -> ChatResponse:
        """Return the complete response; raises ModelHubError."""
        response = client.complete(self.prompt, model=self.model, **self.options)
        return to_chat_response(response, self.parse_options)

    async def asend(self, client: AsyncClient) -> ChatResponse:
        """Return the complete response; raises ModelHubError."""
        response = await client.complete(self.prompt, model=self.model, **self.options)
        return to_chat_response(response, self.parse_options)

    def stream(self, client: Client) -> Stream[Completion]:
        """Return the response as a stream of deltas."""
        return client.stream_complete(self.prompt, model=self.model, **self.options)

    def astream(self, client: AsyncClient) -> AsyncStream[Completion]:
        """Return the response as a stream of deltas."""
        return client.stream_complete(self.prompt, model=self.model, **self.options)


def merge_options(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are set; later layers take precedence.

    None means unset. `max_tokens` and `max_completion_tokens` set the same limit, so either one
    in a later layer replaces both.

    Example:
        >>> merge_options({"temperature": 0.1, "max_tokens": 9}, {"max_completion_tokens": 5})
        {'temperature': 0.1, 'max_completion_tokens': 5}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        options = {name: value for name, value in layer.items() if value is not None}
        for name, synonym in _SYNONYMS.items():
            if name in options and synonym not in options:
                merged.pop(synonym, None)
        merged |= options
    return merged
