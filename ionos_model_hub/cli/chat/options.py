"""The options of `ionos-model-hub chat`. Importing this loads nothing that needs an extra."""

import argparse
import json

from ionos_model_hub.catalogue import DEFAULT_CHAT_MODEL
from ionos_model_hub.cli.common.arguments import not_empty

DEFAULT_VISION_MODEL = "mistralai/Mistral-Small-24B-Instruct"

UNSUPPORTED_OPTIONS = ("messages", "model", "n", "tools", "tool_choice")
"""Fields that other arguments set, and those of answers that are not one text."""

EPILOG = """\
With a PROMPT or with text on standard input, one answer is printed. Piped text precedes the PROMPT.
Otherwise a session starts that keeps its history: Ctrl-C stops an answer, Ctrl-D ends the session,
!help lists its commands. Nothing is saved.

Answers are written to standard output, everything else to standard error.

exit code: 0 if answered, 1 if a request failed, 2 for wrong usage or settings, 130 if interrupted

examples:
  ionos-model-hub chat
  ionos-model-hub chat 'Ten names for a sailing boat'
  git diff | ionos-model-hub chat 'Describe this change in one sentence'
  ionos-model-hub chat -a chart.png 'What does this show?'
  ionos-model-hub chat -s 'Answer in French.' -o temperature 0 --json 'Good morning'
  ionos-model-hub chat --emulator  # without a token
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="what to ask")
    parser.add_argument(
        "-m",
        "--model",
        type=not_empty,
        help=f"chat model (default: {DEFAULT_CHAT_MODEL}, with images {DEFAULT_VISION_MODEL})",
    )
    parser.add_argument("-s", "--system", metavar="TEXT", help="system prompt")
    parser.add_argument(
        "-a",
        "--attachment",
        "--image",
        dest="images",
        action="append",
        type=not_empty,
        default=[],
        metavar="IMAGE",
        help="path or URL of an image, or - for standard input; can be repeated",
    )
    parser.add_argument(
        "-o",
        "--option",
        dest="request_options",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="a field of the request, such as max_tokens 200; can be repeated",
    )
    _add_output_options(parser)
    parser.add_argument(
        "--emulator",
        action="store_true",
        help="use the bundled emulator, which generates answers without a model",
    )


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-R", "--hide-reasoning", action="store_true", help="do not show the reasoning"
    )
    parser.add_argument("--no-stream", action="store_true", help="print only complete answers")
    parser.add_argument(
        "--json", action="store_true", help="print each answer as a line of JSON, with its usage"
    )


def parse_option(value: str) -> object:
    """Return the value of `--option`: JSON if it is valid, else text.

    Example:
        >>> parse_option("0.5"), parse_option("high")
        (0.5, 'high')
    """
    try:
        return json.loads(value)
    except ValueError:
        return value
