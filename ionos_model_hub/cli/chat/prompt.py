"""Read the questions of a session from the terminal."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from ionos_model_hub.cli.common.signals import TerminatedError
from ionos_model_hub.errors import InvalidRequestError
from ionos_model_hub.transport.image_inputs import image_part

_HELP = """\
exit, quit or Ctrl-D    end the session
Ctrl-C                  stop the answer, or clear the line
!multi                  enter several lines, then !end
!image PATH_OR_URL      add an image to the next question
!help                   show this list"""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with images, which are paths, URLs or the contents of files."""

    text: str
    images: Sequence[str | bytes]


class SessionPrompt:
    """Reads questions from a terminal; arrow keys recall and edit earlier ones.

    Args:
        images: Images of the first question.
    """

    def __init__(self, images: Sequence[str]) -> None:
        self._images = list(images)
        with suppress(ImportError):  # Windows' own console has line editing.
            import_module("readline")  # `input` uses it.

    def introduce(self, model: str) -> None:
        """Explain the session."""
        print(f"Chatting with {model}. !help lists the commands, Ctrl-D ends.", file=sys.stderr)

    def read(self) -> Question | None:
        """Return the next question, or None at the end of the session."""
        while True:
            try:
                line = input("> ").strip()
                if line in ("exit", "quit"):
                    return None
                if text := self._run_command(line):
                    images, self._images = self._images, []
                    return Question(text, images)
            except TerminatedError:
                raise
            except KeyboardInterrupt:
                print(file=sys.stderr)
            except EOFError:
                print(file=sys.stderr)
                return None

    def _run_command(self, line: str) -> str:
        """Return the question in a line, or an empty string after another command."""
        command, _, argument = line.partition(" ")
        if command == "!help" or line == "!image":
            print(_HELP, file=sys.stderr)
        elif command == "!image":
            self._add_image(argument.strip())
        elif command == "!multi":
            return _read_lines()
        else:
            return line
        return ""

    def _add_image(self, image: str) -> None:
        """Add an image to the next question, unless it cannot be read."""
        try:
            image_part(image)
        except InvalidRequestError as error:
            print(error, file=sys.stderr)
        else:
            self._images.append(image)


def _read_lines() -> str:
    lines = []
    while (line := input()).strip() != "!end":
        lines.append(line)
    return "\n".join(lines).strip()
