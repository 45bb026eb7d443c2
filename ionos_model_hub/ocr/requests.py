"""The request for a page and its result."""

from dataclasses import dataclass

from ionos_model_hub.errors import (
    AuthenticationError,
    ConfigurationError,
    ModelHubError,
    NotFoundError,
    PermissionDeniedError,
)
from ionos_model_hub.ocr.documents import PageTask
from ionos_model_hub.ocr.limits import ImageLimits
from ionos_model_hub.ocr.page_image import PageImage
from ionos_model_hub.ocr.pages import Page, PageResult
from ionos_model_hub.wire.request_types import ChatMessage, ChatOptions
from ionos_model_hub.wire.response_types import ChatCompletion

FATAL_ERRORS = (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
)
"""Errors that every page would have."""

PAGE_ERRORS = (ModelHubError, OSError)
"""Errors of one page, except those above."""

_TOKEN_LIMIT = "length"  # noqa: S105  # a finish reason
_MAX_CONSECUTIVE_FAILURES = 10


@dataclass(frozen=True, slots=True)
class PageRequests:
    """Builds the request for a page, and the page from the response.

    Args:
        model: Id of the OCR model. Documented by IONOS.
        max_tokens: Maximum number of tokens of a page, or None to omit the field, which the
            published schema documents.
        temperature: Sampling temperature, or None to omit the field, which the published schema
            documents; its value is inferred.
        use_text_layer: Whether to use text layers instead of requests.
        limits: Limits of the images.
    """

    model: str
    max_tokens: int | None = None
    temperature: float | None = None
    use_text_layer: bool = False
    limits: ImageLimits = ImageLimits()  # noqa: RUF009  # it is frozen

    @property
    def options(self) -> ChatOptions:
        """The optional fields of the request."""
        options = ChatOptions()
        if self.max_tokens is not None:
            options["max_tokens"] = self.max_tokens
        if self.temperature is not None:
            options["temperature"] = self.temperature
        return options

    def load(self, task: PageTask) -> Page | ChatMessage:
        """Return the page if it has a text layer, else the message with its image."""
        loaded = task.load(self.use_text_layer)
        return _message(loaded) if isinstance(loaded, PageImage) else task.page(loaded)

    def page(self, task: PageTask, response: ChatCompletion) -> Page:
        """Return the page from the response."""
        is_truncated = response.finish_reason == _TOKEN_LIMIT
        return task.page(response.text.strip(), self.model, is_truncated=is_truncated)


def _message(image: PageImage) -> ChatMessage:
    """Return the message with an image, without a prompt, which the model would ignore."""
    return {
        "role": "user",
        "content": [{"type": "image_url", "image_url": {"url": image.data_url}}],
    }


class OutageDetector:
    """Ends the reading when the server fails for several pages in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def check(self, result: PageResult) -> None:
        """Raise the error of a failed page if it is the tenth in a row that may be an outage."""
        if isinstance(result, Page):
            self._failures = 0
            return
        error = result.error
        if not (isinstance(error, ModelHubError) and error.retryable):
            return
        self._failures += 1
        if self._failures >= _MAX_CONSECUTIVE_FAILURES:
            error.add_note(f"The last {self._failures} pages failed, up to {result}")
            raise error
