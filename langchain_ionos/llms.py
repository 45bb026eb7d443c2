"""The completion model: continues one text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.llms import BaseLLM
from langchain_core.outputs import GenerationChunk, LLMResult
from langchain_core.runnables import Runnable
from pydantic import Field, model_validator

from ionos_model_hub import __version__
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.wire.request_types import CompletionFields, CompletionOptions
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.convert.completions import (
    final_chunk,
    require_single_choice,
    to_chunk,
    to_llm_result,
)
from langchain_ionos.convert.responses import PROVIDER
from langchain_ionos.errors import langchain_errors
from langchain_ionos.sampling_fields import SamplingFields
from langchain_ionos.token_estimate import estimate_token_ids

_OPTIONS = tuple(CompletionFields.__annotations__)


class IONOSLLM(BaseLLM, SamplingFields, Connection):
    """A model of the IONOS AI Model Hub that continues a text. For conversations use `ChatIONOS`.

    Only options that are set are sent. `batch` and `abatch` run their prompts concurrently. With
    `return_exceptions=True`, a failed prompt does not affect the results of the others.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; it is a `ModelHubError` as well.
        InvalidRequestError: An option violates the API's contract; nothing was sent.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = IONOSLLM(api_key="any", base_url=hub.base_url, max_tokens=32)
        ...     text = llm.invoke("Once upon a time")
        >>> isinstance(text, str)
        True
    """

    model: ModelId = Field(default=DEFAULT_CHAT_MODEL, description="Id of the model.")
    max_tokens: int | None = Field(
        default=None, description="Maximum number of output tokens. If unset, the server uses 16."
    )
    n: int | None = Field(
        default=None, description="Number of completions per prompt. Streaming requires 1."
    )
    stop: list[str] | str | None = Field(
        default=None,
        description="Up to 4 sequences that end the output. Those of a call take precedence.",
    )
    logprobs: int | None = Field(
        default=None,
        description="Number of alternatives per token, with log probabilities. Not part of the "
        "published API.",
    )

    batch = Runnable.batch
    abatch = Runnable.abatch
    __repr_args__ = Connection.__repr_args__  # that of LangChain leaves out the model

    @model_validator(mode="after")
    def _set_ionos_llm_version(self) -> Self:
        self._add_version("langchain-ionos", __version__)
        return self

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `langchain_core.load` can dump and load this model."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The secret arguments and their environment variables."""
        return {"api_key": "IONOS_API_KEY"}

    def get_token_ids(self, text: str) -> list[int]:
        """Return a number per token, estimated unless `custom_get_token_ids` is set."""
        return (self.custom_get_token_ids or estimate_token_ids)(text)

    @property
    def _llm_type(self) -> str:
        return "ionos-llm"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "base_url": self.base_url, **self._own_options()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        given = stop or self.stop
        listed = [given] if isinstance(given, str) else given
        params = super()._get_ls_params(stop=listed, **kwargs)
        params["ls_provider"] = PROVIDER
        return params

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        with langchain_errors():
            model, options = self._build_request(stop, kwargs)
            client = self.clients.sync
            return to_llm_result(
                [client.complete(prompt, model=model, **options) for prompt in prompts]
            )

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        with langchain_errors():
            model, options = self._build_request(stop, kwargs)
            client = self.clients.aio
            return to_llm_result(
                [await client.complete(prompt, model=model, **options) for prompt in prompts]
            )

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        with langchain_errors():
            model, options = self._build_streamed_request(stop, kwargs)
            with self.clients.sync.stream_complete(prompt, model=model, **options) as stream:
                for delta in stream:
                    chunk = to_chunk(delta)
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                yield final_chunk(stream.answer)

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        with langchain_errors():
            model, options = self._build_streamed_request(stop, kwargs)
            async with self.clients.aio.stream_complete(prompt, model=model, **options) as stream:
                async for delta in stream:
                    chunk = to_chunk(delta)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                yield final_chunk(stream.answer)

    def _own_options(self) -> dict[str, Any]:
        values = {name: getattr(self, name, None) for name in _OPTIONS}
        return {name: value for name, value in values.items() if value is not None}

    def _build_request(
        self, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[str, CompletionOptions]:
        given = {"stop": stop, **kwargs}
        overrides = {name: value for name, value in given.items() if value is not None}
        model = overrides.pop("model", self.model)
        if self.extra_body and "extra_body" in overrides:
            overrides["extra_body"] = {**self.extra_body, **overrides["extra_body"]}
        options = {**self._own_options(), **overrides}
        sent = {name: value for name, value in options.items() if value not in ([], {})}
        return model, cast("CompletionOptions", sent)

    def _build_streamed_request(
        self, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[str, CompletionOptions]:
        model, options = self._build_request(stop, kwargs)
        require_single_choice(options)
        return model, options
