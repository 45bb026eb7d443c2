"""Tool parsers by their name in vLLM."""

from ionos_model_hub.emulator.engine.tool_parsers.base import Parameters, ToolParser
from ionos_model_hub.emulator.engine.tool_parsers.hermes import HermesParser
from ionos_model_hub.emulator.engine.tool_parsers.llama3_json import Llama3JsonParser
from ionos_model_hub.emulator.engine.tool_parsers.mistral import MistralParser
from ionos_model_hub.emulator.engine.tool_parsers.qwen3_coder import Qwen3CoderParser

TOOL_PARSERS: dict[str, type[ToolParser]] = {
    "hermes": HermesParser,
    "llama3_json": Llama3JsonParser,
    "mistral": MistralParser,
    "qwen3_coder": Qwen3CoderParser,
}

__all__ = ["TOOL_PARSERS", "Parameters", "ToolParser"]
