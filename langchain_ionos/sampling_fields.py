"""The options that `ChatIONOS` and `IONOSLLM` have in common."""

from __future__ import annotations

from pydantic import BaseModel, Field, JsonValue


class SamplingFields(BaseModel):
    """Options of a model; only those that are set are sent."""

    temperature: float | None = Field(
        default=None, ge=0, description="Randomness of the output, from 0."
    )
    top_p: float | None = Field(
        default=None, description="Probability mass of the most likely tokens to sample from."
    )
    presence_penalty: float | None = Field(
        default=None, description="From -2 to 2. Positive values make new topics more likely."
    )
    frequency_penalty: float | None = Field(
        default=None, description="From -2 to 2. Positive values make repetition less likely."
    )
    logit_bias: dict[str, float] | None = Field(
        default=None, description="Bias from -100 to 100 by token id."
    )
    seed: int | None = Field(
        default=None,
        description="Makes outputs repeatable, as far as the backend supports it. Not part of the "
        "published API.",
    )
    user: str | None = Field(
        default=None, description="Identifier of the end user, for abuse detection."
    )
    extra_body: dict[str, JsonValue] | None = Field(
        default=None, description="Further fields of the request that have no argument here."
    )
