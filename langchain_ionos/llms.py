"""The completions endpoint as a LangChain LLM: one string in, its continuation out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.llms import BaseLLM
from langchain_core.outputs import GenerationChunk, LLMResult
from langchain_core.runnables import Runnable
from pydantic import JsonValue, model_validator

from ionos_model_hub import __version__
from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.wire.request_types import CompletionOptions
from langchain_ionos.connection import Connection, ModelId
from langchain_ionos.convert.completions import (
    chunk_of,
    last_chunk,
    refuse_several,
    result_of,
)
from langchain_ionos.convert.responses import PROVIDER
from langchain_ionos.errors import langchain_errors
from langchain_ionos.token_estimate import token_ids

_OPTIONS = tuple(CompletionOptions.__annotations__)


class IONOSLLM(BaseLLM, Connection):
    """A model of the IONOS AI Model Hub that continues a text. For conversations use `ChatIONOS`.

    Only what is set is sent. `batch` and `abatch` run their prompts side by side, and with
    `return_exceptions=True` a failed prompt leaves the others their answers.

    Attributes:
        model: Id of the model.
        max_tokens: Most tokens of one answer. Unset, the hub stops after 16.
        temperature: Randomness, 0 to 2.
        top_p: Share of the probability mass that is sampled from.
        n: Continuations of each prompt; streams give one.
        stop: Up to 4 texts that end the answer; those of a call come before these.
        presence_penalty: Penalty for tokens that have appeared, -2 to 2.
        frequency_penalty: Penalty for tokens by how often they have appeared, -2 to 2.
        logit_bias: Bias by token id, -100 to 100.
        user: Your user's id, for the hub's abuse detection.
        seed: Same seed, same answer, as far as the backend can; beyond the published contract.
        logprobs: Alternatives with log probabilities for each token; beyond the contract.
        extra_body: Merged into the request as it is.

    All connection fields are described at `Connection`.

    Raises:
        langchain_core.exceptions.ModelError: A call failed; see `langchain_ionos.errors`.
        InvalidRequestError: An option breaks the contract; nothing was sent.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     llm = IONOSLLM(api_key="any", base_url=hub.base_url, max_tokens=32)
        ...     text = llm.invoke("Once upon a time")
        >>> isinstance(text, str)
        True
    """

    model: ModelId = DEFAULT_CHAT_MODEL
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    stop: list[str] | str | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    user: str | None = None
    seed: int | None = None
    logprobs: int | None = None
    extra_body: dict[str, JsonValue] | None = None

    batch = Runnable.batch
    abatch = Runnable.abatch

    @model_validator(mode="after")
    def _set_ionos_llm_version(self) -> Self:
        self._add_version("langchain-ionos", __version__)
        return self

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `langchain_core.load.dumps` and `load` take this class."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Fields that are written as references to secrets."""
        return {"api_key": "IONOS_API_KEY"}

    def get_token_ids(self, text: str) -> list[int]:
        """Return a number for each token: an estimate, unless `custom_get_token_ids` is set."""
        return (self.custom_get_token_ids or token_ids)(text)

    @property
    def _llm_type(self) -> str:
        return "ionos-llm"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "base_url": self.base_url, **self._options_set()}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        stop = stop or ([self.stop] if isinstance(self.stop, str) else self.stop)
        params = super()._get_ls_params(stop=stop, **kwargs)
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
            model, options = self._request(stop, kwargs)
            client = self.clients.sync
            return result_of([client.complete(text, model=model, **options) for text in prompts])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        with langchain_errors():
            model, options = self._request(stop, kwargs)
            client = self.clients.aio
            return result_of(
                [await client.complete(text, model=model, **options) for text in prompts]
            )

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        with langchain_errors():
            model, options = self._streamed_request(stop, kwargs)
            with self.clients.sync.stream_complete(prompt, model=model, **options) as stream:
                for delta in stream:
                    chunk = chunk_of(delta)
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                yield last_chunk(stream.answer)

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        with langchain_errors():
            model, options = self._streamed_request(stop, kwargs)
            async with self.clients.aio.stream_complete(prompt, model=model, **options) as stream:
                async for delta in stream:
                    chunk = chunk_of(delta)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                yield last_chunk(stream.answer)

    def _options_set(self) -> dict[str, Any]:
        values = {name: getattr(self, name, None) for name in _OPTIONS}
        return {name: value for name, value in values.items() if value is not None}

    def _request(
        self, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[str, CompletionOptions]:
        given = {"stop": stop, **kwargs}
        changed = {name: value for name, value in given.items() if value is not None}
        model = changed.pop("model", self.model)
        return model, cast("CompletionOptions", {**self._options_set(), **changed})

    def _streamed_request(
        self, stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[str, CompletionOptions]:
        model, options = self._request(stop, kwargs)
        refuse_several(options)
        return model, options
