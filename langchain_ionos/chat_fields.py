"""The options of `ChatIONOS`, apart from the connection."""

from __future__ import annotations

from dataclasses import InitVar
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import AliasChoices, Field

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.wire.request_types import ChatFields
from langchain_ionos.convert.messages import ReasoningField
from langchain_ionos.sampling_fields import SamplingFields

MaxTokensField: TypeAlias = Literal["max_tokens", "max_completion_tokens"]


class ChatModelFields(SamplingFields):
    """Options of a chat model; only those that are set are sent."""

    model: str = Field(
        default=DEFAULT_CHAT_MODEL,
        min_length=1,
        validation_alias=AliasChoices("model", "model_name"),
        description="Id of the model.",
    )
    n: int | None = Field(
        default=None,
        ge=1,
        description="Number of messages per request. Streaming requires 1.",
    )
    max_tokens: int | None = Field(
        default=None, ge=1, description="Maximum number of output tokens, including reasoning."
    )
    max_tokens_field: MaxTokensField = Field(
        default="max_tokens", description="Name under which max_tokens is sent."
    )
    stop: list[str] | str | None = Field(
        default=None,
        validation_alias=AliasChoices("stop", "stop_sequences"),
        description="Up to 4 sequences that end the output.",
    )
    if TYPE_CHECKING:  # a further name of the argument, which is not an attribute
        stop_sequences: InitVar[list[str] | str | None] = Field(default=None)
    logprobs: bool | None = Field(
        default=None,
        description='Whether to return log probabilities in response_metadata["logprobs"].',
    )
    top_logprobs: int | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Number of alternatives per token in logprobs, up to 20.",
    )
    reasoning_effort: str | None = Field(
        default=None,
        description="Effort of a reasoning model. The profile lists the accepted values.",
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Whether a message may contain several tool calls."
    )
    stream_usage: bool = Field(
        default=True, description="Whether streams report their token usage."
    )
    streaming: bool = Field(
        default=False,
        description="Whether invoke streams internally. False, if passed, disables streaming.",
    )
    replay_reasoning: bool | ReasoningField = Field(
        default=False,
        description="Field in which earlier reasoning is sent back to the model. True means "
        '"reasoning". Some backends reject it.',
    )


OPTIONS = tuple(name for name in ChatFields.__annotations__ if name in ChatModelFields.model_fields)
"""The fields that are sent."""
