"""Read documents and store their pages as they arrive."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.cli.common.notices import Notices
from ionos_model_hub.cli.common.progress import Counts, Progress
from ionos_model_hub.cli.common.rejects import RejectFile
from ionos_model_hub.cli.ocr.output import DocumentOutput
from ionos_model_hub.cli.ocr.planning import Plan
from ionos_model_hub.cli.ocr.records import Input, Reject
from ionos_model_hub.ocr.documents import PageTasks
from ionos_model_hub.ocr.pages import FailedPage, PageResult
from ionos_model_hub.ocr.reading import aread_pages
from ionos_model_hub.ocr.requests import PageRequests
from ionos_model_hub.ocr.sources import Source

_CHUNK_BYTES = 1024 * 1024
_TRUNCATED = "The text is incomplete because it reached the token limit"


@dataclass(slots=True)
class Pipeline:
    """Reads the documents of a plan.

    Args:
        client: The client, which limits the rate and retries.
        plan: The documents.
        requests: Builds the requests.
        concurrency: Number of requests in flight at once.
        rejects: Lists pages that were not read.
        progress: Shows the progress.
        notices: Receives notices about pages.

    Attributes:
        read: Number of pages that were read and stored.
    """

    client: AsyncClient
    plan: Plan
    requests: PageRequests
    concurrency: int
    rejects: RejectFile
    progress: Progress
    notices: Notices
    read: int = 0
    _unchanged: int = 0
    _bytes_done: float = 0
    _inputs: dict[str, Input] = field(init=False)
    _outputs: dict[str, DocumentOutput] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._inputs = {each.source: each for each in self.plan.inputs}

    @property
    def counts(self) -> Counts:
        """Number of pages read, unchanged and missing."""
        return Counts(self.read, self._unchanged, self.rejects.count, "read")

    async def run(self) -> None:
        """Read all documents. However it ends, pages that were received are stored.

        Raises:
            ModelHubError: The hub failed.
        """
        sources = [Source(each.source, each.path) for each in self.plan.inputs]
        tasks = PageTasks(sources, self.requests.limits, self._select)
        results = aread_pages(self.client, tasks, self.requests, self.concurrency, self._store)
        try:
            async for _ in results:
                self.progress.update(int(self._bytes_done), self.counts)
        finally:
            await results.aclose()
            for output in self._outputs.values():
                output.close()

    def _select(self, source: Source, count: int) -> Iterable[int]:
        """Return the indices of the pages that are not in the output."""
        document = self._inputs[source.name]
        digest = document_digest(document.path, self.requests)
        output = DocumentOutput(self.plan.folder, document, digest, count)
        missing = output.missing
        self._unchanged += count - len(missing)
        self._bytes_done += document.size * (count - len(missing)) / count
        if missing:
            self._outputs[document.source] = output
        else:
            output.finish()
        return [page - 1 for page in missing]

    def _store(self, result: PageResult) -> None:
        """Store a page or list a failure."""
        if isinstance(result, FailedPage):
            self.rejects.add(Reject(result.source, result.number, _reason(result.error)))
        if (output := self._outputs.get(result.source)) is None:  # it could not be opened
            self._bytes_done += self._inputs[result.source].size
            return
        self._bytes_done += output.document.size / output.count
        if isinstance(result, FailedPage):
            output.skip()
            return
        if result.is_truncated:
            self.notices.add(_TRUNCATED, f"{result.source}, page {result.number}")
        self.read += 1
        output.add(result)


def _reason(error: Exception) -> str:
    """Return the message of an error without the path, which is in the reject."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def document_digest(path: Path, requests: PageRequests) -> str:
    """Return a digest of the content of a document and of the settings that affect its text."""
    settings = [
        requests.model,
        requests.max_tokens,
        requests.temperature,
        requests.use_text_layer,
        requests.limits.max_side,
    ]
    digest = blake2b(json.dumps(settings).encode(), digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
