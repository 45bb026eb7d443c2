"""Chat with each row of a dataset of Ray Data."""

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
    error_column,
    no_text,
    text_column,
    values_of,
    with_columns,
)
from ionos_model_hub.ray.workers import IN_FLIGHT, OnError, Worker
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.transport.async_io import all_or_none
from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions
from ionos_model_hub.wire.response_types import ChatCompletion

_OF_CONVERSATIONS = ("n", "tools", "tool_choice")


class IONOSChat:
    """Adds a model's answer to each row: `dataset.map_batches(IONOSChat, ...)`.

    Takes batches of any format and returns Arrow tables with these further columns: `answer`,
    and with its name before them `answer_finish_reason` (`length` where it was cut off),
    `answer_prompt_tokens` and `answer_completion_tokens`. The key is that of the workers'
    environment.

    Args:
        column: The column with the prompts: texts, or lists of messages (`role`, `content`).
        output: The new column, and the beginning of the other ones' names.
        model: The chat model.
        system: A system message before each prompt.
        in_flight: Calls under way at once in each worker.
        on_error: "raise" ends the job at the first error that retries do not mend; "column"
            leaves the answer null and tells in the column `answer_error` why. Keys and models
            that the hub does not know always end the job.
        contract: Workers of one contract share one rate limit; see `share_limit`.
        options: Optional fields of the request, such as `temperature` or `response_format`.
        **settings: See `Settings`; `api_key` must be a function.

    Raises:
        ConfigurationError: An argument is missing or wrong, in the worker.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:  # outside of Ray, it can be tried on a single batch
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
        self._worker = Worker(contract=contract, in_flight=in_flight, on_error=on_error, **settings)
        self._column = column
        self._output = output
        self._has_error_column = on_error == "column"
        self._model = model
        self._before: list[ChatMessage] = [{"role": "system", "content": system}] if system else []
        self._options = _checked(options or {})

    async def __call__(self, batch: DataBatch) -> pa.Table:
        """Return the batch with its answers; raises ModelHubError."""
        table = as_table(batch)
        prompts = values_of(table, self._column)
        results = await self._worker.run(all_or_none(self._answer(prompt) for prompt in prompts))
        columns = _columns(results)
        if self._has_error_column:
            columns["_error"] = error_column(results)
        return with_columns(table, {self._output + name: each for name, each in columns.items()})

    async def _answer(self, prompt: Any) -> ChatCompletion | ModelHubError:
        worker = self._worker
        try:
            messages = [*self._before, *_messages(prompt, self._column)]
            async with worker.gate:
                return await worker.client.chat(messages, model=self._model, **self._options)
        except ModelHubError as error:
            return worker.keep(error)


def _messages(prompt: Any, column: str) -> list[ChatMessage]:
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    if not isinstance(prompt, list | np.ndarray):
        raise no_text(column, prompt)
    return [_without_nothing(message) for message in prompt]


def _without_nothing(message: Any) -> Any:
    """Return a message without the fields that Arrow fills in because others have them."""
    if not isinstance(message, dict):
        return message
    return {name: value for name, value in message.items() if value is not None}


def _columns(results: list[ChatCompletion | ModelHubError]) -> dict[str, pa.Array]:
    answers = [each if isinstance(each, ChatCompletion) else None for each in results]
    usages = [each.usage if each else None for each in answers]
    prompt = [each.prompt_tokens if each else None for each in usages]
    completion = [each.completion_tokens if each else None for each in usages]
    return {
        "": text_column([each.text if each else None for each in answers]),
        "_finish_reason": text_column([each.finish_reason if each else None for each in answers]),
        "_prompt_tokens": pa.array(prompt, pa.int64()),
        "_completion_tokens": pa.array(completion, pa.int64()),
    }


def _checked(options: ChatOptions) -> ChatOptions:
    for name in _OF_CONVERSATIONS:
        if name in options:
            raise ConfigurationError(
                f"A batch of chats takes no option {name!r}: a row has one answer, and nobody "
                "to call tools.",
                hint="For structured answers, use `response_format`.",
                param="options",
            )
    return options
