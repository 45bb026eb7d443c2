"""Draw the output of `ionos-model-hub demo` on the emulator as docs/assets/demo.svg.

Usage: env -u IONOS_API_KEY python docs/tools/demo_picture.py
"""

import io
import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from ionos_model_hub.cli.demo import Demo
from ionos_model_hub.emulator import hub_or_emulator

PICTURE = Path(__file__).parents[1] / "assets" / "demo.svg"
COLUMNS = 84
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
THEME = TerminalTheme(
    (13, 27, 42),
    (224, 225, 221),
    [
        *((13, 27, 42), (239, 71, 111), (128, 206, 138), (255, 209, 102)),
        *((101, 163, 255), (200, 146, 234), (94, 206, 212), (224, 225, 221)),
    ],
)


def without_web_fonts(picture: str) -> str:
    """Return a picture of rich that uses installed fonts instead of those of a server."""
    local = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return re.sub(r"font-family: (?:Fira Code|arial)[^;]*;", f"font-family: {FONTS};", local)


class WrappingConsole(Console):
    """A console that wraps text printed in pieces, as a terminal does."""

    _pieces = ""

    def print(self, *objects: Any, end: str = "\n", **options: Any) -> None:
        """Print objects; text with an empty `end` is kept until the line is complete."""
        if not end:
            self._pieces += str(objects[0])
            return
        if self._pieces:
            super().print(self._pieces, style="green", highlight=False)
            self._pieces = ""
            objects = (str(objects[0]).lstrip("\n"), *objects[1:])
        super().print(*objects, **options)


def record_demo() -> Console:
    """Run the demo and return the console that has recorded it."""
    console = WrappingConsole(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    demo = Demo(hub_or_emulator(), console)
    console.print("[bold]$[/] ionos-model-hub demo\n")
    for part in (demo.stream, demo.agent, demo.structured, demo.retrieval):
        console.rule(f"[bold]{part.__doc__}", align="left")
        part()
    return console


def main() -> None:
    """Write the picture."""
    picture = record_demo().export_svg(title="ionos-model-hub demo", theme=THEME, unique_id="demo")
    PICTURE.write_text(without_web_fonts(picture), "utf-8")


if __name__ == "__main__":
    main()
