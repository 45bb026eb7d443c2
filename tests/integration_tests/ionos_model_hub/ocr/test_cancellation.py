"""Cancelled readings close their documents and leave no request behind."""

import asyncio

import pytest

from ionos_model_hub.emulator import Emulator, Reply, render_document
from ionos_model_hub.ocr import OCR, Page, Source, documents

from .conftest import numbered


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[documents.Document]:
    """The documents that are opened during a test."""
    found: list[documents.Document] = []

    class Recorded(documents.Document):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            found.append(self)

    monkeypatch.setattr(documents, "Document", Recorded)
    return found


async def test_cancelled_task(ionos_emulator: Emulator, opened: list[documents.Document]) -> None:
    source = Source("scan", render_document(numbered(12), "TIFF"))
    ionos_emulator.script(Reply(text="late", delay=100, times=None))
    async with OCR(api_key="any", base_url=ionos_emulator.base_url, concurrency=2) as ocr:

        async def read() -> list[Page]:
            return [page async for page in ocr.aread(source)]

        task = asyncio.create_task(read())
        while len(ionos_emulator.requests) < 2:  # noqa: ASYNC110  # in another thread
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [document.is_closed for document in opened] == [True]
        assert len(ionos_emulator.requests) == 2
        ionos_emulator.reset()
        assert len(await read()) == 12
    assert all(document.is_closed for document in opened)


def test_iterator_that_is_not_finished(
    ionos_emulator: Emulator, opened: list[documents.Document]
) -> None:
    source = Source("scan", render_document(numbered(12), "TIFF"))
    with OCR(api_key="any", base_url=ionos_emulator.base_url, concurrency=2) as ocr:
        for page in ocr.read(source, source):
            assert page.number == 1
            break
        del page
    assert opened
    assert all(document.is_closed for document in opened)
