"""Configuration of an emulated server."""

from dataclasses import dataclass, field
from datetime import date

from ionos_model_hub.catalogue import Model
from ionos_model_hub.emulator.profiles import HUB, HubQuirk, Profile

VLLM_TOOL_PARSER = "hermes"
VLLM_REASONING_PARSER = "deepseek_r1"

# The parsers of the model families; `openai` is the harmony format of gpt-oss.
_FAMILY_TOOL_PARSERS = {
    "openai/": "openai",
    "mistralai/": "mistral",
    "meta-llama/": "llama3_json",
    "Qwen/": "qwen3_coder",
}
_FAMILY_REASONING_PARSERS = {"openai/": "openai", "Qwen/": "qwen3"}


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Configuration of an emulated server; see `Emulator`.

    Attributes:
        profile: Set of quirks.
        seed: Varies all default responses.
        today: Day that decides which models are served.
        context_window: Context window of all models, or None for that of each model.
        tool_parser: Tool parser of all models, or None for the default of the profile.
        reasoning_parser: Reasoning parser of the reasoning models, or None for the default.
    """

    profile: Profile = HUB
    seed: int = 0
    today: date = field(default_factory=date.today)
    context_window: int | None = None
    tool_parser: str | None = None
    reasoning_parser: str | None = None

    def has(self, quirk: HubQuirk) -> bool:
        """Return whether the profile contains a quirk."""
        return quirk in self.profile.quirks

    def window_of(self, model: Model) -> int | None:
        """Return the context window of a model, or None if unknown."""
        return self.context_window or model.context_window

    def tool_parser_of(self, model: Model) -> str:
        """Return the name of the tool parser for a model."""
        if self.tool_parser:
            return self.tool_parser
        if self.has(HubQuirk.PARSERS):
            return _by_family(_FAMILY_TOOL_PARSERS, model) or VLLM_TOOL_PARSER
        return VLLM_TOOL_PARSER

    def reasoning_parser_of(self, model: Model) -> str | None:
        """Return the name of the reasoning parser, or None if the model does not reason."""
        if not model.reasoning:
            return None
        if self.reasoning_parser:
            return self.reasoning_parser
        if self.has(HubQuirk.PARSERS):
            return _by_family(_FAMILY_REASONING_PARSERS, model) or VLLM_REASONING_PARSER
        return VLLM_REASONING_PARSER


def _by_family(parsers: dict[str, str], model: Model) -> str | None:
    return next((name for prefix, name in parsers.items() if model.id.startswith(prefix)), None)
