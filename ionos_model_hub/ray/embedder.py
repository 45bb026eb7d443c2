"""Embeddings for Ray Data."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from ray.data.block import DataBatch
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL, find_model
from ionos_model_hub.errors import BadRequestError, ConfigurationError, ModelHubError
from ionos_model_hub.ray.limit import DEFAULT_CONTRACT
from ionos_model_hub.ray.tables import (
    Vector,
    as_table,
    column_values,
    error_column,
    list_column,
    missing_text,
    tensor_column,
    with_columns,
)
from ionos_model_hub.ray.workers import IN_FLIGHT, OnError, Worker
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.transport.async_io import gather_or_cancel, hold_slot
from ionos_model_hub.wire import requests
from ionos_model_hub.wire.batching import BATCH_SIZE, isolate_failures, split_batches
from ionos_model_hub.wire.request_types import EmbeddingOptions

VectorType = Literal["tensor", "list"]


class IONOSEmbedder:
    """Adds a column of embeddings: `dataset.map_batches(IONOSEmbedder, ...)`.

    Accepts batches of any format and returns Arrow tables. The API key is read from the
    environment of the workers.

    Args:
        column: The column with the texts.
        output: Name of the new column; with `on_error="column"`, another column
            `embedding_error` has it as its prefix.
        model: The embedding model.
        texts_per_request: Maximum number of texts in one request.
        in_flight: Maximum number of requests in flight in each worker.
        on_error: "raise" ends the job at the first error that remains after retries. "column"
            leaves the vector null and stores the error in another column. A request that the
            server rejects is then halved until only the texts that cause it are left. Errors that
            concern all rows, such as a rejected key or an unknown model, always end the job.
        vector_type: "tensor" adds a tensor column of Ray Data: an array of shape
            (rows, dimensions) in NumPy batches. "list" adds Arrow's fixed-size lists, which
            readers of Parquet files understand without Ray. Vectors are always lists with
            `on_error="column"`, because tensor columns cannot contain nulls.
        contract: Workers of one contract share one rate limit; see `share_limit`.
        options: Optional fields of the request, such as `dimensions`.
        **settings: See `Settings`; `api_key` must be a function.

    Raises:
        ConfigurationError: An argument is unknown, missing or invalid; raised in the worker.
        InvalidRequestError: `model` or `options` cannot be sent; raised in the worker.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:  # without Ray, for a single batch
        ...     embedder = IONOSEmbedder(base_url=hub.base_url, api_key=lambda: "any")
        ...     table = asyncio.run(embedder(pa.table({"text": ["A berth.", "A buoy."]})))
        >>> table.num_rows, table["embedding"].type.shape
        (2, (1024,))
    """

    def __init__(
        self,
        column: str = "text",
        *,
        output: str = "embedding",
        model: str = DEFAULT_EMBEDDING_MODEL,
        texts_per_request: int = BATCH_SIZE,
        in_flight: int = IN_FLIGHT,
        on_error: OnError = "raise",
        vector_type: VectorType = "tensor",
        contract: str = DEFAULT_CONTRACT,
        options: EmbeddingOptions | None = None,
        **settings: Unpack[SettingsOptions],
    ) -> None:
        _check_arguments(texts_per_request, vector_type)
        self._worker = Worker(
            type(self), contract=contract, in_flight=in_flight, on_error=on_error, **settings
        )
        self._column = column
        self._output = output
        self._texts_per_request = texts_per_request
        self._is_tensor = vector_type == "tensor" and not self._worker.stores_errors
        self._options: EmbeddingOptions = options or {}
        self._model = model
        known = find_model(model)
        # An invalid argument ends the job, instead of being the error of each row.
        requests.embeddings(model, ["Hello"], self._options)
        self._dimensions = self._options.get("dimensions", known.dimensions if known else None)

    async def __call__(self, batch: DataBatch) -> pa.Table:
        """Return the batch with its vectors; raises ModelHubError."""
        table = as_table(batch)
        results = await self._worker.run(self._embed(column_values(table, self._column)))
        columns = {self._output: self._vector_column(results)}
        if self._worker.stores_errors:
            columns[f"{self._output}_error"] = error_column(results)
        return with_columns(table, columns)

    def _vector_column(self, results: Sequence[Vector | ModelHubError]) -> pa.Array:
        vectors = [None if isinstance(result, ModelHubError) else result for result in results]
        if self._is_tensor:
            return tensor_column([v for v in vectors if v is not None], self._dimensions)
        return list_column(vectors, self._dimensions)

    async def _embed(self, values: list[Any]) -> list[Vector | ModelHubError]:
        """Return a vector for each text, and an error for each value without one."""
        worker = self._worker
        results: list[Vector | ModelHubError | None] = [
            None
            if isinstance(value, str)
            else worker.store_or_raise(missing_text(self._column, value))
            for value in values
        ]
        texts = [value for value in values if isinstance(value, str)]
        batches = split_batches(texts, self._texts_per_request)
        embedded = await gather_or_cancel(self._embed_batch(batch) for batch in batches)
        of_texts = chain.from_iterable(embedded)
        return [next(of_texts) if result is None else result for result in results]

    async def _embed_batch(self, texts: Sequence[str]) -> Sequence[Vector | ModelHubError]:
        """Send a batch; if it is rejected, find the texts that cause it."""
        rejected = (BadRequestError,)
        try:
            return await self._send(texts)
        except rejected as error:
            self._worker.store_or_raise(error)
            return await isolate_failures(texts, error, self._send, rejected)

    async def _send(self, texts: Sequence[str]) -> list[Vector | ModelHubError]:
        """Send one request; raises BadRequestError, and other errors that end the job."""
        worker = self._worker
        try:
            async with hold_slot(worker.slots):
                response = await worker.client.embed(
                    texts, model=self._model, batch_size=len(texts), **self._options
                )
        except BadRequestError:
            raise
        except ModelHubError as error:
            return [worker.store_or_raise(error)] * len(texts)
        return list(np.asarray(response.vectors, np.float32))


def _check_arguments(texts_per_request: int, vector_type: str) -> None:
    if texts_per_request < 1:
        raise ConfigurationError(
            f"texts_per_request must be at least 1, got {texts_per_request}.",
            param="texts_per_request",
        )
    if vector_type not in ("tensor", "list"):
        raise ConfigurationError(
            f"vector_type must be 'tensor' or 'list', got {vector_type!r}.", param="vector_type"
        )
