"""The engine's bounds for sampling parameters and for the lengths of prompt and completion."""

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.engine.request_types import SamplingFields
from ionos_model_hub.emulator.errors import ApiError, invalid_parameter
from ionos_model_hub.emulator.profiles import HubQuirk

MAX_LOGPROBS = 20
MAX_CHOICES = 16_384
VOCABULARY_SIZE = 131_072
# A token of the served models has at most this many characters, so that a longer text cannot
# fit into the context window.
_MAX_CHARS_PER_TOKEN = 62


def check_sampling(
    request: SamplingFields, config: ServerConfig, logprobs: int | None = None
) -> None:
    """Check the bounds of the sampling parameters.

    Args:
        request: A validated request.
        config: Configuration of the server.
        logprobs: Number of alternatives requested for each token; -1 is the vocabulary.

    Raises:
        ApiError: A 400 that names the parameter, if the engine does so.
    """
    count = 1 if request.n is None else request.n
    if not 1 <= count <= MAX_CHOICES:
        bound = "at least 1" if count < 1 else f"at most {MAX_CHOICES}"
        raise ApiError(400, f"n must be {bound}, got {count}.")
    for name in ("presence_penalty", "frequency_penalty"):
        value = getattr(request, name)
        if value is not None and not -2 <= value <= 2:
            raise ApiError(400, f"{name} must be in [-2, 2], got {value}.")
    _check_temperature(request.temperature, count)
    _check_top_p(request.top_p, config)
    if request.top_k is not None and request.top_k < -1:
        raise ApiError(400, f"top_k must be 0 (disable), or at least 1, got {request.top_k}.")
    if "" in request.stops:
        raise ApiError(400, "stop cannot contain an empty string.")
    _check_logprobs(VOCABULARY_SIZE if logprobs == -1 else logprobs or 0)
    _check_logit_bias(request.logit_bias)


def _check_temperature(temperature: float | None, count: int) -> None:
    if temperature is None:
        return
    if temperature < 0:
        message = f"temperature must be non-negative, got {temperature}."
        raise invalid_parameter(message, "temperature", temperature)
    if not temperature <= 2:
        message = f"temperature must be in [0, 2], got {temperature}."
        raise invalid_parameter(message, "temperature", temperature)
    if temperature == 0 and count > 1:
        raise ApiError(400, f"n must be 1 when using greedy sampling, got {count}.")


def _check_top_p(top_p: float | None, config: ServerConfig) -> None:
    if top_p is None or (top_p == -1 and config.has(HubQuirk.DEFAULT_TOP_P)):
        return
    if not 0 < top_p <= 1:
        raise invalid_parameter(f"top_p must be in (0, 1], got {top_p}.", "top_p", top_p)


def _check_logprobs(count: int) -> None:
    if count > MAX_LOGPROBS:
        raise invalid_parameter(
            f"Requested sample logprobs of {count}, which is greater than max allowed: "
            f"{MAX_LOGPROBS}",
            "logprobs",
            count,
        )


def _check_logit_bias(bias: dict[str, float] | None) -> None:
    keys = list(bias or ())
    invalid = [key for key in keys if not key.removeprefix("-").isascii() or not key.isdigit()]
    if invalid:
        raise invalid_parameter(
            "logit_bias contains key(s) that cannot be converted to integer token IDs: "
            f"{invalid!r}",
            "logit_bias",
            invalid,
        )
    unknown = [int(key) for key in keys if not 0 <= int(key) < VOCABULARY_SIZE]
    if unknown:
        raise invalid_parameter(
            f"token_id(s) {unknown!r} in logit_bias contain out-of-vocab token ids. "
            f"Vocabulary size: {VOCABULARY_SIZE}",
            "logit_bias",
            unknown,
        )


def check_prompt(model: Model, config: ServerConfig, tokens: int, characters: int) -> None:
    """Check that a prompt fits into the context window.

    Raises:
        ApiError: A 400 with the window and the length of the prompt.
    """
    window = config.window_of(model)
    if window is None or tokens <= window:
        return
    limit = f"This model's maximum context length is {window} tokens. However, your prompt contains"
    advice = "Please reduce the length of the input prompt."
    if characters > window * _MAX_CHARS_PER_TOKEN:
        raise invalid_parameter(
            f"{limit} {characters} characters (more than {window * _MAX_CHARS_PER_TOKEN} "
            f"characters, which is the upper bound for {window} input tokens). {advice}",
            "input_text",
            characters,
        )
    # The engine stops counting there.
    raise invalid_parameter(
        f"{limit} at least {window + 1} input tokens, which exceeds this limit even without any "
        f"output tokens. {advice}",
        "input_tokens",
        window + 1,
    )


def completion_limit(
    model: Model, config: ServerConfig, name: str, requested: int | None, prompt_tokens: int
) -> int | None:
    """Return the largest number of completion tokens, or None if there is no limit.

    Args:
        model: The model.
        config: Configuration of the server.
        name: Name of the parameter.
        requested: Its value.
        prompt_tokens: Number of tokens of the prompt.

    Raises:
        ApiError: A 400 that names the parameter.
    """
    window = config.window_of(model)
    if requested is not None and requested < 1:
        message = f"{name} must be at least 1, got {requested}."
        raise invalid_parameter(message, name, requested)
    if requested is not None and window is not None and requested > window:
        raise invalid_parameter(
            f"{name}={requested} cannot be greater than max_model_len={window}. "
            "Please request fewer output tokens.",
            name,
            requested,
        )
    limits = [requested if requested is not None else model.max_output_tokens]
    limits += [max(1, window - prompt_tokens)] if window is not None else []
    return min((limit for limit in limits if limit is not None), default=None)
