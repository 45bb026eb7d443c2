"""Requests for pages, their results, and the end of the reading at an outage."""

import pytest

from ionos_model_hub import ChatCompletion, Choice, Message
from ionos_model_hub.errors import BadRequestError, ModelHubError, ServerError
from ionos_model_hub.ocr.documents import Document, PageTask
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.pages import FailedPage, Page
from ionos_model_hub.ocr.requests import OutageDetector, PageRequests
from ionos_model_hub.ocr.sources import Source

from .conftest import image_file, text_pdf

TEXT = "The text layer of this page has enough text."


def task(content: bytes) -> PageTask:
    document = Document(Source("scan", content), ImageLimits())
    document.expect(1)
    return PageTask(document, 0)


def completion(text: str, finish_reason: str = "stop") -> ChatCompletion:
    return ChatCompletion(choices=[Choice(0, Message(text), finish_reason)])


def test_message_has_an_image_and_no_prompt() -> None:
    message = PageRequests("m").load(task(image_file("PNG", (9, 9))))
    assert isinstance(message, dict)
    assert message["role"] == "user"
    [part] = message["content"]
    assert part["type"] == "image_url"
    assert part["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


def test_optional_fields() -> None:
    assert PageRequests("m").options == {}
    assert PageRequests("m", 100, 0.5).options == {"max_tokens": 100, "temperature": 0.5}


def test_page_of_a_text_layer_has_no_model() -> None:
    page = PageRequests("m", use_text_layer=True).load(task(text_pdf(TEXT)))
    assert page == Page("scan", 1, 1, TEXT)
    assert page.metadata == {"source": "scan", "page": 1, "total_pages": 1}


def test_page_of_a_response() -> None:
    page = PageRequests("m").page(task(image_file("PNG", (9, 9))), completion("\n# Title \n\n"))
    assert page == Page("scan", 1, 1, "# Title", "m")
    assert page.metadata["model"] == "m"


def test_text_at_the_token_limit_is_truncated() -> None:
    response = completion("# Tit", "length")
    page = PageRequests("m").page(task(image_file("PNG", (9, 9))), response)
    assert page.is_truncated
    assert page.metadata["truncated"] is True


def failed(error: Exception) -> FailedPage:
    return FailedPage("scan", error, 7, 9)


def test_ten_server_failures_in_a_row_end_the_reading() -> None:
    outage, error = OutageDetector(), ServerError("overloaded")
    for _ in range(9):
        outage.check(failed(error))
    with pytest.raises(ServerError) as raised:
        outage.check(failed(error))
    assert raised.value.__notes__ == ["The last 10 pages failed, up to scan, page 7: overloaded"]


@pytest.mark.parametrize("other", [BadRequestError("bad"), OSError("unreadable")])
def test_failures_of_pages_are_no_outage(other: ModelHubError | OSError) -> None:
    outage = OutageDetector()
    for _ in range(20):
        outage.check(failed(other))


def test_successful_page_ends_a_series_of_failures() -> None:
    outage = OutageDetector()
    for _ in range(5):
        for _ in range(9):
            outage.check(failed(ServerError("overloaded")))
        outage.check(Page("scan", 1, 9, "text"))
