"""What each model of the hub can do: a dated table, because `GET /models` lists only ids.

The table describes, it never forbids: an id that is not listed is sent as it is.
Sources: the model cards of the IONOS documentation and measurements of the live service
between 2026-05 and 2026-08. `None` means that no reliable statement was found.
"""

from dataclasses import dataclass
from typing import Literal

AS_OF = "2026-08-27"

Kind = Literal["chat", "embedding", "rerank", "image"]

DEFAULT_CHAT_MODEL = "openai/gpt-oss-120b"
DEFAULT_EMBEDDING_MODEL = "BAAI/bge-m3"
DEFAULT_RERANK_MODEL = "Qwen/Qwen3-VL-Reranker-8B"
DEFAULT_IMAGE_MODEL = "black-forest-labs/FLUX.2-klein-4B"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of the hub.

    Attributes:
        id: What requests carry in their field `model`.
        kind: The endpoint family that serves it.
        context_window: Most tokens of prompt and answer together (for embedding and rerank
            models: of one input), or None where unknown.
        max_output_tokens: Most tokens of one answer, or None where unknown.
        tools: Whether the model calls tools.
        structured_output: Whether strict `json_schema` answers are known to work.
        vision: Whether messages may hold images.
        reasoning: Whether answers come with reasoning text.
        reasoning_efforts: Values of `reasoning_effort` the model accepts.
        streaming: Whether the model can stream.
        dimensions: Length of an embedding vector; docs/vector_stores.md says which store takes it.
        retired_on: ISO date from which the model is no longer served.
        successor: The id that replaces a retired model.

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
    retired_on: str | None = None
    successor: str | None = None


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
    ),
    Model(
        id="meta-llama/Llama-3.3-70B-Instruct",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        tools=True,
        structured_output=True,
    ),
    Model(
        id="mistralai/Mistral-Small-24B-Instruct",
        kind="chat",
        context_window=131_072,
        max_output_tokens=8_192,
        tools=True,
        structured_output=True,
        vision=True,
    ),
    Model(
        id="Qwen/Qwen3-Coder-Next",
        kind="chat",
        context_window=262_144,
        max_output_tokens=32_768,
        tools=True,
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
    Model(id="BAAI/bge-m3", kind="embedding", context_window=8_192, dimensions=1024),
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
    Model(id="black-forest-labs/FLUX.1-schnell", kind="image", context_window=256),
    Model(id="black-forest-labs/FLUX.2-klein-4B", kind="image"),
)

_BY_ID = {model.id: model for model in MODELS}


def find_model(model_id: str) -> Model | None:
    """Return what is known of a model, or None for an id that the table does not list."""
    return _BY_ID.get(model_id)
