"""Capabilities and prices of the hub's models.

`GET /models` returns only ids, so this table is maintained by hand and dated. Requests are checked
against one of its columns, `image_sizes`. An id that it does not list is sent unchanged.

Sources: the model cards of the IONOS documentation and measurements of the live service between
2026-05 and 2026-08, for prices the price list of 2026-08-29. None means that no reliable source
was found. No listing of the catalogue later than August 2026 was found.
"""

from dataclasses import dataclass
from typing import Literal

AS_OF = "2026-08-27"
"""Date of the capabilities."""

PRICES_AS_OF = "2026-08-29"
"""Date of the prices, which are in EUR without VAT."""

Kind = Literal["chat", "embedding", "rerank", "image"]

DEFAULT_CHAT_MODEL = "openai/gpt-oss-120b"
DEFAULT_EMBEDDING_MODEL = "BAAI/bge-m3"
DEFAULT_RERANK_MODEL = "Qwen/Qwen3-VL-Reranker-8B"
DEFAULT_OCR_MODEL = "lightonai/LightOnOCR-2-1B"
DEFAULT_IMAGE_MODEL = "black-forest-labs/FLUX.2-klein-4B"


@dataclass(frozen=True, slots=True)
class ImageSizes:
    """The image sizes that a model accepts, in pixels.

    Attributes:
        shortest: Shortest side.
        longest: Longest side.
        multiple: Number that both sides are multiples of.

    Example:
        >>> ImageSizes(64, 2048, 16).nearest(1000, 4000)
        (1008, 2048)
    """

    shortest: int
    longest: int
    multiple: int

    def nearest(self, width: int, height: int) -> tuple[int, int]:
        """Return the accepted size closest to this one, which is the same if it is accepted."""
        return self._nearest_side(width), self._nearest_side(height)

    def _nearest_side(self, side: int) -> int:
        rounded = (side + self.multiple // 2) // self.multiple * self.multiple
        return min(max(rounded, self.shortest), self.longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the hub.

    Attributes:
        id: The value of the request field `model`.
        kind: The endpoint family that serves it.
        context_window: Maximum number of tokens of prompt and response together (embedding and
            rerank models: of one input), or None if unknown.
        max_output_tokens: Maximum number of tokens of a response, or None if unknown.
        tools: Whether the model supports tool calls, or None if unknown.
        structured_output: Whether strict `json_schema` responses are known to work.
        vision: Whether messages may contain images.
        reasoning: Whether responses contain reasoning text.
        reasoning_efforts: Accepted values of `reasoning_effort`.
        streaming: Whether the model supports streaming.
        dimensions: Length of an embedding vector. `docs/vector_stores.md` lists the limits of
            vector stores.
        image_sizes: Sizes of generated images; None if any size is sent.
        image_edits: Whether the model edits images.
        retired_on: ISO date from which the model is no longer served.
        successor: Id of a similar model that replaces a retired one. Inferred: IONOS has not
            named successors.
        price_input: EUR per million input tokens, or None if unknown.
        price_output: EUR per million output tokens, or None if unknown.
        price_image: EUR per image; with `price_megapixel` per image of up to one megapixel.
        price_megapixel: EUR per further megapixel of an image, where the size affects the price.

    Example:
        >>> find_model("BAAI/bge-m3").dimensions
        1024
    """

    id: str
    kind: Kind
    context_window: int | None = None
    max_output_tokens: int | None = None
    tools: bool | None = None
    structured_output: bool | None = None
    vision: bool = False
    reasoning: bool = False
    reasoning_efforts: tuple[str, ...] = ()
    streaming: bool = True
    dimensions: int | None = None
    image_sizes: ImageSizes | None = None
    image_edits: bool = False
    retired_on: str | None = None
    successor: str | None = None
    price_input: float | None = None
    price_output: float | None = None
    price_image: float | None = None
    price_megapixel: float | None = None


MODELS: tuple[Model, ...] = (
    Model(
        id="openai/gpt-oss-120b",
        kind="chat",
        context_window=131_072,
        max_output_tokens=32_768,
        tools=True,
        structured_output=True,
        reasoning=True,
        reasoning_efforts=("low", "medium", "high"),
        price_input=0.15,
        price_output=0.65,
    ),
    Model(
        id="meta-llama/Llama-3.3-70B-Instruct",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        tools=True,
        structured_output=True,
        price_input=0.65,
        price_output=0.65,
    ),
    Model(
        id="mistralai/Mistral-Small-24B-Instruct",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        tools=True,
        structured_output=True,
        vision=True,
        price_input=0.10,
        price_output=0.30,
    ),
    Model(
        id="Qwen/Qwen3-Coder-Next",
        kind="chat",
        context_window=262_144,
        max_output_tokens=32_768,
        tools=True,
        price_input=0.15,
        price_output=0.80,
    ),
    Model(
        id="Qwen/Qwen3.5-9B",
        kind="chat",
        tools=True,
        structured_output=True,
        reasoning=True,
        reasoning_efforts=("none",),
    ),
    Model(
        id="Qwen/Qwen3.5-397B-A17B",
        kind="chat",
        tools=True,
        reasoning=True,
        reasoning_efforts=("none",),
        price_input=0.60,
        price_output=3.60,
    ),
    Model(id="Qwen/Qwen3.8-27B", kind="chat", tools=True),
    Model(
        id="mistralai/Mistral-Nemo-Instruct-2407",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        tools=False,
    ),
    Model(
        id="meta-llama/Meta-Llama-3.1-8B-Instruct",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        retired_on="2026-10-01",
        successor="meta-llama/Llama-3.3-70B-Instruct",
    ),
    Model(
        id="meta-llama/Meta-Llama-3.1-405B-Instruct-FP8",
        kind="chat",
        context_window=131_072,
        max_output_tokens=16_384,
        tools=True,
        retired_on="2026-09-15",
        successor="openai/gpt-oss-120b",
    ),
    Model(
        id="lightonai/LightOnOCR-2-1B",
        kind="chat",
        context_window=16_384,
        max_output_tokens=4_096,
        tools=False,
        structured_output=False,
        vision=True,
        streaming=False,
    ),
    Model(
        id="BAAI/bge-m3",
        kind="embedding",
        context_window=8_192,
        dimensions=1024,
        price_input=0.02,
    ),
    Model(id="BAAI/bge-large-en-v1.5", kind="embedding", context_window=512, dimensions=1024),
    Model(
        id="sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
        kind="embedding",
        context_window=128,
        dimensions=768,
    ),
    Model(
        id="Qwen/Qwen3-VL-Embedding-8B",
        kind="embedding",
        context_window=32_768,
        dimensions=4096,
        vision=True,
    ),
    Model(
        id="Qwen/Qwen3-VL-Reranker-8B",
        kind="rerank",
        context_window=32_768,
        vision=True,
    ),
    Model(
        id="black-forest-labs/FLUX.1-schnell",
        kind="image",
        context_window=256,
        image_sizes=ImageSizes(1024, 1024, 1024),
        price_image=0.0288,
    ),
    Model(
        id="black-forest-labs/FLUX.2-klein-4B",
        kind="image",
        image_sizes=ImageSizes(64, 2048, 16),  # model card; 512 to 1536 were measured
        image_edits=True,
        price_image=0.013,
        price_megapixel=0.001,
    ),
)

_BY_ID = {model.id: model for model in MODELS}


def find_model(model_id: str) -> Model | None:
    """Return the catalogue entry of a model, or None if the catalogue does not list the id."""
    return _BY_ID.get(model_id)


def estimate_cost(
    model_id: str,
    *,
    input_tokens: int = 0,
    output_tokens: int = 0,
    images: int = 0,
    megapixels: float = 1.0,
) -> float | None:
    """Return the estimated net cost in EUR, at the prices of `PRICES_AS_OF`.

    Args:
        model_id: Id of the model.
        input_tokens: Number of input tokens, as reported in the token usage. Cached tokens cost
            the same.
        output_tokens: Number of output tokens, reasoning included.
        images: Number of generated images.
        megapixels: Size of each image.

    Returns:
        The cost, or None if a price that it depends on is unknown.

    Example:
        >>> estimate_cost("openai/gpt-oss-120b", input_tokens=2_000_000, output_tokens=1_000_000)
        0.95
    """
    if (model := find_model(model_id)) is None:
        return None
    price_image = model.price_image
    if price_image is not None and megapixels > 1:
        price_image += (model.price_megapixel or 0) * (megapixels - 1)
    amounts = (
        (input_tokens / 1_000_000, model.price_input),
        (output_tokens / 1_000_000, model.price_output),
        (images, price_image),
    )
    if any(amount and price is None for amount, price in amounts):
        return None
    return sum(amount * (price or 0) for amount, price in amounts)
