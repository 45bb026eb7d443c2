"""Choose between one answer and a session, and run it."""

import argparse
import sys
from typing import cast

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.cli.chat.connection import connection
from ionos_model_hub.cli.chat.conversation import Conversation
from ionos_model_hub.cli.chat.options import DEFAULT_VISION_MODEL, UNSUPPORTED_OPTIONS, parse_option
from ionos_model_hub.cli.chat.output import JsonOutput, Output, TextOutput
from ionos_model_hub.cli.chat.prompt import Question, SessionPrompt
from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.exit_codes import reason_of
from ionos_model_hub.cli.common.report import printable_lines
from ionos_model_hub.cli.common.signals import (
    TerminatedError,
    regular_wake_ups,
    termination_as_exception,
)
from ionos_model_hub.client import Client
from ionos_model_hub.errors import ModelHubError
from ionos_model_hub.types import ChatOptions


@termination_as_exception()
@regular_wake_ups()
def run(options: argparse.Namespace) -> int:
    """Print an answer, or run a session; return the exit code."""
    question = None if _is_session(options) else _question(options)
    with Client(**connection(options.emulator)) as client:
        conversation = Conversation(client, _model(options), options.system, _options(options))
        output = _output(options)
        if question is not None:
            conversation.ask(question.text, question.images, output)
        else:
            _run_session(conversation, output, options.images)
    return 0


def _run_session(conversation: Conversation, output: Output, images: list[str]) -> None:
    prompt = SessionPrompt(images)
    prompt.introduce(conversation.model)
    while question := prompt.read():
        try:
            conversation.ask(question.text, question.images, output)
        except TerminatedError:
            raise
        except KeyboardInterrupt:
            output.interrupt()
        except ModelHubError as error:
            output.interrupt()
            print(printable_lines(reason_of(error)), file=sys.stderr)


def _model(options: argparse.Namespace) -> str:
    model: str | None = options.model
    return model or (DEFAULT_VISION_MODEL if options.images else DEFAULT_CHAT_MODEL)


def _is_session(options: argparse.Namespace) -> bool:
    return not options.prompt and sys.stdin.isatty() and sys.stdout.isatty()


def _question(options: argparse.Namespace) -> Question:
    """Return the question of the arguments and standard input."""
    images: list[str | bytes] = list(options.images)
    text = ""
    if "-" in images:
        images[images.index("-")] = sys.stdin.buffer.read()
    elif not sys.stdin.isatty():
        text = _piped_text()
    parts = [part for part in (text, " ".join(options.prompt)) if part]
    if not parts:
        raise UsageError("Pass a prompt, or text on standard input.")
    return Question("\n\n".join(parts), images)


def _piped_text() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise UsageError(
            "Standard input is not UTF-8 text. Pass `-a -` if it is an image."
        ) from None


def _options(options: argparse.Namespace) -> ChatOptions:
    values = {name: parse_option(value) for name, value in options.request_options}
    if unsupported := [name for name in values if name in UNSUPPORTED_OPTIONS]:
        raise UsageError(f"--option does not support {', '.join(unsupported)}.")
    return cast("ChatOptions", values)


def _output(options: argparse.Namespace) -> Output:
    if options.json:
        return JsonOutput(sys.stdout)
    return TextOutput(
        sys.stdout,
        sys.stderr,
        shows_reasoning=not options.hide_reasoning and sys.stderr.isatty(),
        streams=not options.no_stream,
    )
