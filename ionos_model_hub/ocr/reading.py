"""Read pages with a client, several at once, in order."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing

from ionos_model_hub.async_client import AsyncClient
from ionos_model_hub.client import Client
from ionos_model_hub.ocr.concurrency import amap_in_order, map_in_order
from ionos_model_hub.ocr.documents import PageTask, PageTasks
from ionos_model_hub.ocr.pages import FailedPage, Page, PageResult
from ionos_model_hub.ocr.requests import FATAL_ERRORS, PAGE_ERRORS, OutageDetector, PageRequests


def read_pages(
    client: Client, tasks: PageTasks, requests: PageRequests, concurrency: int
) -> Generator[PageResult, None, None]:
    """Yield the pages in order; those that fail do not affect others.

    Raises:
        ModelHubError: All pages would fail, for example because the API key is not accepted.
    """

    def read(task: PageTask | FailedPage) -> PageResult:
        return task if isinstance(task, FailedPage) else _read_page(client, task, requests)

    outage = OutageDetector()
    with closing(tasks), closing(map_in_order(read, tasks, concurrency)) as results:
        for result in results:
            yield result
            outage.check(result)


async def aread_pages(
    client: AsyncClient,
    tasks: PageTasks,
    requests: PageRequests,
    concurrency: int,
    on_result: Callable[[PageResult], object] = lambda result: None,
) -> AsyncGenerator[PageResult, None]:
    """Yield the pages in order without blocking the event loop; see `read_pages`.

    `on_result` is called with each result as soon as it is available, which can be out of order.
    """

    async def read(task: PageTask | FailedPage) -> PageResult:
        result: PageResult = (
            task if isinstance(task, FailedPage) else await _aread_page(client, task, requests)
        )
        on_result(result)
        return result

    outage = OutageDetector()
    with closing(tasks):
        async with aclosing(amap_in_order(read, tasks, concurrency)) as results:
            async for result in results:
                yield result
                outage.check(result)


def _read_page(client: Client, task: PageTask, requests: PageRequests) -> PageResult:
    try:
        loaded = requests.load(task)
        if isinstance(loaded, Page):
            return loaded
        response = client.chat([loaded], model=requests.model, **requests.options)
    except FATAL_ERRORS:
        raise
    except PAGE_ERRORS as error:
        return task.failed(error)
    return requests.page(task, response)


async def _aread_page(client: AsyncClient, task: PageTask, requests: PageRequests) -> PageResult:
    try:
        loaded = await asyncio.to_thread(requests.load, task)
        if isinstance(loaded, Page):
            return loaded
        response = await client.chat([loaded], model=requests.model, **requests.options)
    except FATAL_ERRORS:
        raise
    except PAGE_ERRORS as error:
        return task.failed(error)
    return requests.page(task, response)
