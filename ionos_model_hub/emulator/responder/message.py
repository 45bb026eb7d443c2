"""The message with which the emulated model responds to a chat request."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from ionos_model_hub.catalogue import DEFAULT_OCR_MODEL, Model
from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.engine.request_types import ChatRequest, NamedToolChoice, ToolParam
from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.ocr.transcription import transcribe
from ionos_model_hub.emulator.responder.code_act import code_act_response
from ionos_model_hub.emulator.responder.conversation import Conversation, read_conversation
from ionos_model_hub.emulator.responder.evaluation import evaluation_response
from ionos_model_hub.emulator.responder.react import react_response
from ionos_model_hub.emulator.responder.retrieval import retrieval_response
from ionos_model_hub.emulator.responder.small_talk import reply_text
from ionos_model_hub.emulator.responder.structured import structured_response
from ionos_model_hub.emulator.responder.tool_selection import choose_calls
from ionos_model_hub.emulator.responder.tools import read_tools
from ionos_model_hub.emulator.text import count_tokens, digest, tokens, topic

# Measured numbers of reasoning tokens for each effort; None means that it is not set.
_REASONING_TOKENS = {"low": 28, None: 56, "medium": 56, "high": 179}
_QWEN_REASONING_TOKENS = 120
_SHORT_REASONING_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the model.

    Attributes:
        text: Text, unless there are calls.
        calls: Tool calls.
        reasoning: Reasoning, or an empty string.
        is_free_text: Whether no grammar constrains the text.
    """

    text: str
    calls: tuple[FunctionCall, ...] = ()
    reasoning: str = ""
    is_free_text: bool = True


def write_message(
    model: Model,
    request: ChatRequest,
    messages: list[Json],
    seed: int,
    index: int,
    *,
    allows_calls: bool,
    any_arguments: bool,
    short_reasoning: bool,
) -> Message:
    """Return the message of the choice with an index.

    Args:
        model: The model.
        request: The request.
        messages: Messages of the request.
        seed: Varies the text.
        index: Index of the choice.
        allows_calls: Whether the model may call tools.
        any_arguments: Whether forced calls of tools without parameters and without `strict`
            have arbitrary arguments, because neither a schema nor a grammar describes them.
        short_reasoning: Whether the reasoning has only a few tokens.

    Raises:
        ApiError: No response satisfies the schema of `response_format`.
    """
    conversation = read_conversation(messages)
    if model.id == DEFAULT_OCR_MODEL:
        return Message(transcribe(conversation.images))
    length = _SHORT_REASONING_TOKENS if short_reasoning else None
    reasoning = _reasoning(model, request.reasoning_effort, conversation.question, length)
    calls = _calls(model, request, conversation) if allows_calls else []
    if calls:
        if any_arguments and request.forces_call:
            calls = _with_any_arguments(calls, request.tools or [], seed)
        return Message("", tuple(calls), reasoning)
    text = reply_text(conversation, seed, index)
    if request.has_grammar:
        formatted = structured_response(conversation, request.response_format, text)
        return Message(formatted or text, (), reasoning, is_free_text=False)
    return Message(_free_text(conversation, messages, text), (), reasoning)


def _free_text(conversation: Conversation, messages: list[Json], default: str) -> str:
    """Return a text in the format that the prompt requests, or the default."""
    return (
        evaluation_response(f"{conversation.system}\n{conversation.question}")
        or retrieval_response(conversation.question)
        or structured_response(conversation, None, default)
        or react_response(messages, default)
        or code_act_response(messages, default)
        or default
    )


def _calls(model: Model, request: ChatRequest, conversation: Conversation) -> list[FunctionCall]:
    if not request.tools or request.tool_choice == "none" or model.tools is False:
        return []
    tools = read_tools(request.tools, conversation.system)
    if isinstance(request.tool_choice, NamedToolChoice):
        tools = [tool for tool in tools if tool.name == request.tool_choice.function.name]
    forced = request.forces_call
    calls = choose_calls(tools, conversation.question, conversation.called, forced=forced)
    return calls[:1] if request.parallel_tool_calls is False else calls


def _with_any_arguments(
    calls: Sequence[FunctionCall], tools: Sequence[ToolParam], seed: int
) -> list[FunctionCall]:
    functions = {tool.function.name: tool.function for tool in tools}
    changed: list[FunctionCall] = []
    for call in calls:
        function = functions[call.name]
        described = (function.parameters or {}).get("properties")
        choice = int(digest(seed, call.name)[:4], 16) % 3
        arguments = call.arguments if described or function.strict else (None, True, False)[choice]
        changed.append(FunctionCall(call.name, arguments))
    return changed


def _reasoning(model: Model, effort: str | None, question: str, length: int | None) -> str:
    """Return the reasoning; by default, its length depends on the model and on the effort."""
    if not model.reasoning or effort == "none":
        return ""
    if length is None:
        is_switch = model.reasoning_efforts == ("none",)
        length = _QWEN_REASONING_TOKENS if is_switch else _REASONING_TOKENS.get(effort, 56)
    subject = topic(question) or "something"
    sentence = f"The user asks about {subject}. I consider the known facts. "
    return "".join(tokens(sentence * ceil(length / count_tokens(sentence)))[:length]).rstrip()
