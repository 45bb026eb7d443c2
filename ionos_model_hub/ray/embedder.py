"""Embeddings for Ray Data."""

from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from ray.data.block import DataBatch
from typing_extensions import Unpack

from ionos_model_hub.catalogue import DEFAULT_EMBEDDING_MODEL, find_model
from ionos_model_hub.errors import BadRequestError, ModelHubError
from ionos_model_hub.ray.limit import DEFAULT_CONTRACT
from ionos_model_hub.ray.tables import (
    Vector,
    as_table,
    error_column,
    no_text,
    values_of,
    vector_column,
    with_columns,
)
from ionos_model_hub.ray.workers import IN_FLIGHT, OnError, Worker
from ionos_model_hub.settings import SettingsOptions
from ionos_model_hub.transport.async_io import all_or_none
from ionos_model_hub.wire.batching import BATCH_SIZE, split_batches
from ionos_model_hub.wire.request_types import EmbeddingOptions


class IONOSEmbedder:
    """Adds a column of embeddings: `dataset.map_batches(IONOSEmbedder, ...)`.

    Takes batches of any format and returns Arrow tables. The vectors are fixed-size lists of
    float32. The key is that of the workers' environment.

    Args:
        column: The column with the texts.
        output: The new column; with `on_error="column"`, also the beginning of the other one's
            name, `embedding_error`.
        model: The embedding model.
        texts_per_request: Texts sent in one request, at most.
        in_flight: Requests under way at once in each worker.
        on_error: "raise" ends the job at the first error that retries do not mend; "column"
            leaves the vector null and tells in another column why. A request that the hub
            refuses is then cut in two until only the texts at fault are left. Keys and models
            that the hub does not know always end the job.
        contract: Workers of one contract share one rate limit; see `share_limit`.
        options: Optional fields of the request, such as `dimensions`.
        **settings: See `Settings`; `api_key` must be a function.

    Raises:
        ConfigurationError: An argument is missing or wrong, in the worker.

    Example:
        >>> import asyncio
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:  # outside of Ray, it can be tried on a single batch
        ...     embedder = IONOSEmbedder(base_url=hub.base_url, api_key=lambda: "any")
        ...     table = asyncio.run(embedder(pa.table({"text": ["A berth.", "A buoy."]})))
        >>> table.num_rows, str(table["embedding"].type)
        (2, 'fixed_size_list<item: float>[1024]')
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
        contract: str = DEFAULT_CONTRACT,
        options: EmbeddingOptions | None = None,
        **settings: Unpack[SettingsOptions],
    ) -> None:
        self._worker = Worker(contract=contract, in_flight=in_flight, on_error=on_error, **settings)
        self._column = column
        self._output = output
        self._texts_per_request = texts_per_request
        self._has_error_column = on_error == "column"
        self._options: EmbeddingOptions = options or {}
        self._model = model
        known = find_model(model)
        of_model = known.dimensions if known else None
        self._dimensions = self._options.get("dimensions", of_model)

    async def __call__(self, batch: DataBatch) -> pa.Table:
        """Return the batch with its vectors; raises ModelHubError."""
        table = as_table(batch)
        results = await self._worker.run(self._embed(values_of(table, self._column)))
        vectors = [None if isinstance(each, ModelHubError) else each for each in results]
        columns = {self._output: vector_column(vectors, self._dimensions)}
        if self._has_error_column:
            columns[f"{self._output}_error"] = error_column(results)
        return with_columns(table, columns)

    async def _embed(self, values: list[Any]) -> list[Vector | ModelHubError]:
        """Return a vector for each text, and an error for each value that has none."""
        worker = self._worker
        results: list[Vector | ModelHubError | None] = [
            None if isinstance(value, str) else worker.keep(no_text(self._column, value))
            for value in values
        ]
        texts = [value for value in values if isinstance(value, str)]
        parts = split_batches(texts, self._texts_per_request)
        embedded = chain.from_iterable(await all_or_none(self._request(part) for part in parts))
        return [next(embedded) if each is None else each for each in results]

    async def _request(self, texts: list[str]) -> list[Vector | ModelHubError]:
        """Send one request; find the texts that are at fault where it is refused."""
        worker = self._worker
        try:
            async with worker.gate:
                answer = await worker.client.embed(
                    texts, model=self._model, batch_size=len(texts), **self._options
                )
            return list(np.asarray(answer.vectors, np.float32))
        except ModelHubError as error:
            kept = worker.keep(error)
        if len(texts) == 1 or not isinstance(kept, BadRequestError):
            return [kept] * len(texts)
        middle = len(texts) // 2
        return [*await self._request(texts[:middle]), *await self._request(texts[middle:])]
