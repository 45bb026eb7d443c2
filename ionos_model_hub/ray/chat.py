"""Chat completions for each row of a dataset of Ray Data."""

from typing import Any

import numpy as np
import pyarrow as pa
from ray.data.block import DataBatch
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.ray.limit import DEFAULT_CONTRACT
from ionos_model_hub.ray.tables import (
    as_table,
    column_values,
    error_column,
    missing_text,
    text_column,
    with_columns,
)
from ionos_model_hub.ray.workers import IN_FLIGHT, OnError, Worker
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.transport.async_io import gather_or_cancel, hold_slot
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions
from ionos_model_hub.wire.response_types import ChatCompletion

_UNSUPPORTED_OPTIONS = ("n", "tools", "tool_choice")


class IONOSChat:
    """Adds a model's answer to each row: `dataset.map_batches(IONOSChat, ...)`.

    Accepts batches of any format and returns Arrow tables with these additional columns:
    `answer`, `answer_finish_reason` (`length` if it was cut off), `answer_prompt_tokens` and
    `answer_completion_tokens`. The API key is read from the environment of the workers.

    Args:
        column: The column with the prompts: strings, or lists of messages (`role`, `content`).
        output: Name of the new column, and prefix of the others.
        model: The chat model.
        system: A system message sent before each prompt.
        in_flight: Maximum number of calls in flight in each worker.
        on_error: "raise" ends the job at the first error that remains after retries. "column"
            leaves the answer null and stores the error in the column `answer_error`. Errors that
            concern all rows, such as a rejected key or an unknown model, always end the job.
        contract: Workers of one contract share one rate limit; see `share_limit`.
        options: Optional fields of the request, such as `temperature` or `response_format`.
        **settings: See `Settings`; `api_key` must be a function.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; raised in the worker.
        InvalidRequestError: `model`, `system` or `options` cannot be sent; raised in the worker.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:  # without Ray, for a single batch
        ...     chat = IONOSChat(base_url=hub.base_url, api_key=lambda: "any")
        ...     table = asyncio.run(chat(pa.table({"prompt": ["Say exactly: Hallo"]})))
        >>> table["answer"].to_pylist()
        ['Hallo']
    """

    def __init__(
        self,
        column: str = "prompt",
        *,
        output: str = "answer",
        model: str = DEFAULT_CHAT_MODEL,
        system: str | None = None,
        in_flight: int = IN_FLIGHT,
        on_error: OnError = "raise",
        contract: str = DEFAULT_CONTRACT,
        options: ChatOptions | None = None,
        **settings: Unpack[SettingsOptions],
    ) -> None:
        self._worker = Worker(
            type(self), contract=contract, in_flight=in_flight, on_error=on_error, **settings
        )
        self._column = column
        self._output = output
        self._model = model
        self._prefix: list[ChatMessage] = [{"role": "system", "content": system}] if system else []
        self._options = _check_options(options or {})
        # An invalid argument ends the job, instead of being the error of each row.
        requests.chat(model, [*self._prefix, {"role": "user", "content": "Hello"}], self._options)

    async def __call__(self, batch: DataBatch) -> pa.Table:
        """Return the batch with its answers; raises ModelHubError."""
        table = as_table(batch)
        calls = [self._complete(prompt) for prompt in column_values(table, self._column)]
        results = await self._worker.run(gather_or_cancel(calls))
        columns = _result_columns(results)
        if self._worker.stores_errors:
            columns["_error"] = error_column(results)
        return with_columns(
            table, {self._output + suffix: column for suffix, column in columns.items()}
        )

    async def _complete(self, prompt: Any) -> ChatCompletion | ModelHubError:
        worker = self._worker
        try:
            messages = [*self._prefix, *_to_messages(prompt, self._column)]
            async with hold_slot(worker.slots):
                return await worker.client.chat(messages, model=self._model, **self._options)
        except ModelHubError as error:
            return worker.store_or_raise(error)


def _to_messages(prompt: Any, column: str) -> list[ChatMessage]:
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    if not isinstance(prompt, list | np.ndarray):
        raise missing_text(column, prompt)
    return [_without_nulls(message) for message in prompt]


def _without_nulls(message: Any) -> Any:
    """Return a message without the fields that Arrow adds because other messages have them."""
    if not isinstance(message, dict):
        return message
    return {name: value for name, value in message.items() if value is not None}


def _result_columns(results: list[ChatCompletion | ModelHubError]) -> dict[str, pa.Array]:
    answers = [result if isinstance(result, ChatCompletion) else None for result in results]
    usages = [answer.usage if answer else None for answer in answers]
    prompt_tokens = [usage.prompt_tokens if usage else None for usage in usages]
    completion_tokens = [usage.completion_tokens if usage else None for usage in usages]
    finish_reasons = [answer.finish_reason if answer else None for answer in answers]
    return {
        "": text_column([answer.text if answer else None for answer in answers]),
        "_finish_reason": text_column(finish_reasons),
        "_prompt_tokens": pa.array(prompt_tokens, pa.int64()),
        "_completion_tokens": pa.array(completion_tokens, pa.int64()),
    }


def _check_options(options: ChatOptions) -> ChatOptions:
    for name in _UNSUPPORTED_OPTIONS:
        if name in options:
            raise ConfigurationError(
                f"The option {name!r} is not supported here: each row gets one answer, and tools "
                "are not called.",
                hint="Use `response_format` for structured answers.",
                param="options",
            )
    return options
