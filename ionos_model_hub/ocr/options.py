"""The settings of OCR, each defined once."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AliasChoices, BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from ionos_model_hub.catalogue import DEFAULT_OCR_MODEL
from ionos_model_hub.ocr.limits import MAX_IMAGE_BYTES, MAX_PIXELS, MAX_SIDE, ImageLimits
from ionos_model_hub.ocr.pages import FailedPage, PageResult
from ionos_model_hub.settings import SettingsOptions

MAX_TOKENS = 4_096
"""Maximum length of a response of LightOnOCR-2 (model card of IONOS)."""

TEMPERATURE = 0.2
"""Temperature that LightOn recommends (model card, 2026-01)."""

CONCURRENCY = 10
"""Requests in flight. The documented burst of the rate limit is 10."""

CALLBACKS = ("progress", "on_failed_page")
"""Fields that copies share with the original."""

AtLeastOne = Annotated[int, Field(ge=1, strict=True)]


class OCRArguments(SettingsOptions, total=False):
    """The keyword arguments of classes with these settings, for editors and type checkers."""

    model: str
    model_name: str
    max_tokens: int | None
    temperature: float | None
    concurrency: int
    use_text_layer: bool
    max_side: int
    max_image_bytes: int
    max_pixels: int
    progress: Callable[[PageResult], object] | None
    on_failed_page: Callable[[FailedPage], object] | None


class OCROptions(BaseModel):
    """The settings of OCR.

    For each field of a request: `model` and `messages` with one `image_url` part and a `data:` URL
    are documented by IONOS (how-to on OCR), as is the absence of `stream`. `max_tokens` is in the
    published schema. `temperature` is in the published schema, its value that of the model's
    publisher. No prompt is sent: the documentation says that it is ignored.
    """

    model: Annotated[str, Field(validation_alias=AliasChoices("model", "model_name"))] = Field(
        default=DEFAULT_OCR_MODEL, description="Id of the OCR model. Documented by IONOS."
    )
    max_tokens: AtLeastOne | None = Field(
        default=MAX_TOKENS,
        description="Maximum number of tokens of a page. The field is documented in the published "
        "schema, the default is the documented maximum of the model. None omits it.",
    )
    temperature: float | None = Field(
        default=TEMPERATURE,
        ge=0,
        allow_inf_nan=False,
        description="Sampling temperature. The field is documented in the published schema; the "
        "default is inferred: the publisher of the model recommends it, IONOS documents none. None "
        "omits it.",
    )
    concurrency: AtLeastOne = Field(
        default=CONCURRENCY,
        description="Maximum number of pages in flight. At most twice as many pages are read "
        "ahead of the page that is returned next.",
    )
    use_text_layer: bool = Field(
        default=False,
        description="Whether pages of PDF files that have a text layer are read from it, without a "
        "request. The text is plain and not Markdown.",
    )
    max_side: AtLeastOne = Field(
        default=MAX_SIDE,
        description="Longest side of a page image in pixels; larger scans are scaled down. The "
        "default is inferred: the publisher of the model recommends it, IONOS documents no limit.",
    )
    max_image_bytes: AtLeastOne = Field(
        default=MAX_IMAGE_BYTES,
        description="Maximum size of a page image. Larger ones are sent as JPEG instead of PNG. "
        "The default is inferred: no limit is documented.",
    )
    max_pixels: AtLeastOne = Field(
        default=MAX_PIXELS,
        description="Maximum number of pixels of a scan, which limits the memory. Pages with more "
        "pixels fail.",
    )
    progress: SkipJsonSchema[Callable[[PageResult], object] | None] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Called with each page that was read or has failed, in order.",
    )
    on_failed_page: SkipJsonSchema[Callable[[FailedPage], object] | None] = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Called with each page that could not be read. It may raise an exception, "
        "which ends the reading. Default: a warning is logged.",
    )

    @property
    def image_limits(self) -> ImageLimits:
        """The limits of page images."""
        return ImageLimits(self.max_side, self.max_image_bytes, self.max_pixels)
