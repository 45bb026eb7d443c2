"""The two profiles of the emulator, and all differences between them.

The profile `vllm` behaves like the engine alone: vLLM 0.32.0, as recorded in
`tests/data/vllm_0.32.0.json`. The profile `hub` adds the quirks below, which are documented for
the hub or were observed there. Everything else is assumed to pass through the gateway unchanged.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

ProfileName = Literal["hub", "vllm"]


class Difference(NamedTuple):
    """A difference between the hub and the engine.

    Attributes:
        hub: Behaviour of the hub.
        engine: Behaviour of the engine.
        source: Evidence for the behaviour of the hub.
    """

    hub: str
    engine: str
    source: str


class HubQuirk(Enum):
    """Differences of the hub from the engine; the values describe them."""

    CONTRACT = Difference(
        "Requests are checked against the published schemas: required `content` (except beside "
        "tool calls), four roles, `stop` as a list, strings as prompt and input, integers "
        "without a decimal point, at most 128 tools with names of [A-Za-z0-9_-]{1,64}, "
        "strict schemas with a closed object at the root",
        "Accepts more, for example `developer` messages, token ids and open schemas",
        "The published component schemas of the API",
    )
    ERROR_SHAPE = Difference(
        "`type` is `invalid_request_error`, `code` a string or null",
        "`type` is `BadRequestError`, `NotFoundError` or `Bad Request`, `code` the status",
        "The published component schemas of the API (`ErrorResponse`)",
    )
    AUTHENTICATION = Difference(
        "401 with `httpStatus` and `messages`; token ids (UUIDs) are rejected",
        'Without a configured key every request is accepted; otherwise 401 `{"error": …}`',
        "IONOS documentation, troubleshooting page (response of March 2026)",
    )
    UNKNOWN_PATH = Difference(
        "404 in the shape of other errors",
        '404 `{"detail": "Not Found"}` and 405 `{"detail": "Method Not Allowed"}`',
        "Assumed; the shape of this 404 is not documented",
    )
    WRONG_KIND = Difference(
        "400 that names `model` if the model does not support the endpoint",
        "Each server has one model, and only the endpoints of its kind: 404",
        "Assumed; one endpoint serves all models",
    )
    MODEL_LIST = Difference(
        "Entries have exactly `created`, `id`, `object` and `owned_by`; `-migration` aliases",
        "Entries also have `max_model_len`, `permission`, `root` and `parent`",
        "Measured in August 2026",
    )
    DEFAULT_TOP_P = Difference(
        "`top_p` -1 is accepted",
        "400",
        "The published component schemas of the API (the default of `top_p`)",
    )
    BASE64_EMBEDDINGS = Difference(
        "500 for `encoding_format: base64`",
        "Returns base64",
        "Measured several times between June and August 2026",
    )
    EMPTY_EMBEDDING_INPUT = Difference(
        "400 `input cannot be empty` for an empty string",
        "Encoder models embed the empty string",
        "Measured in 2026",
    )
    EMBEDDING_USAGE = Difference(
        "`usage` has `prompt_tokens` and `total_tokens`",
        "Also `completion_tokens` and details",
        "The published component schemas of the API; the gateway decodes these responses",
    )
    RERANK_ORDER = Difference(
        "Results in the order of the documents, with index and score only",
        "Results by descending score, each with its document",
        "Clients that use the hub in production sort the results themselves",
    )
    RERANK_OBJECTS = Difference(
        "Documents may be objects with `text`; `top_n` is at least 1",
        "400 for objects without `content`; `top_n` 0 returns all documents",
        "Clients that use the hub in production",
    )
    HARMONY_EFFORT = Difference(
        "400 `Harmony does not support reasoning_effort='none'` for gpt-oss",
        "Depends on the chat template",
        "Measured by two clients in August 2026",
    )
    QWEN_WITHOUT_REASONING = Difference(
        "500 for Qwen3.5-397B-A17B with `reasoning_effort: none` and a JSON schema",
        "Works",
        "Measured in about 20 requests in August 2026",
    )
    NO_OCR_STREAM = Difference(
        "400 for streams of LightOnOCR-2-1B",
        "Streams",
        "IONOS documentation, model card",
    )
    PARSERS = Difference(
        "Each model has the tool and reasoning parser of its family",
        "One parser, chosen when the server is started (`hermes` by default here)",
        "Tool calls of gpt-oss and Mistral that leaked on the hub have the form of their family",
    )
    REASONING_LENGTH = Difference(
        "The reasoning of gpt-oss has about 28, 56 or 179 tokens by effort, that of Qwen3.5 more",
        "Depends on the model; the emulated reasoning is short",
        "Measured in July and August 2026",
    )
    IMAGES = Difference(
        "`POST /images/generations` and `POST /images/edits`; 400 for `n` above 1",
        "Do not exist",
        "IONOS documentation; `n` above 1 failed for clients of the hub in 2026",
    )


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of quirks.

    Attributes:
        name: Name of the profile.
        quirks: Differences from the engine.
    """

    name: ProfileName
    quirks: frozenset[HubQuirk]


HUB = Profile("hub", frozenset(HubQuirk))
VLLM = Profile("vllm", frozenset())


def profile_named(name: str) -> Profile:
    """Return a profile by name.

    Raises:
        ValueError: There is no such profile.
    """
    for profile in (HUB, VLLM):
        if profile.name == name:
            return profile
    raise ValueError(f"profile must be 'hub' or 'vllm', got {name!r}")
