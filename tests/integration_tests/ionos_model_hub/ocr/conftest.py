"""Read documents with either interface of `OCR`."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from ionos_model_hub.emulator import Emulator
from ionos_model_hub.ocr import OCR, Page, Source

ReadPages = Callable[..., list[Page]]


@pytest.fixture(params=["sync", "async"])
def read(request: pytest.FixtureRequest, ionos_emulator: Emulator) -> ReadPages:
    """Return a function that reads documents against the emulator."""

    def read_all(*documents: Any, **settings: Any) -> list[Page]:
        options = {"api_key": "any", "base_url": ionos_emulator.base_url, **settings}
        if request.param == "sync":
            with OCR(**options) as ocr:
                return list(ocr.read(*documents))

        async def read_async() -> list[Page]:
            async with OCR(**options) as ocr:
                return [page async for page in ocr.aread(*documents)]

        return asyncio.run(read_async())

    return read_all


def numbered(count: int) -> list[str]:
    return [f"# Seite {number}\n\nGröße {number} m²" for number in range(1, count + 1)]


def source(content: bytes, name: str = "scan") -> Source:
    return Source(name, content)
