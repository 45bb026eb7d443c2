"""Findings as text for people and as JSON for scripts."""

import json
import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from ionos_model_hub.cli.common.report import printable_lines
from ionos_model_hub.cli.doctor.findings import Finding, Status

_COLORS = {Status.OK: "32", Status.WARNING: "33", Status.ERROR: "1;31", Status.SKIPPED: "2"}
_STATUS_WIDTH = max(map(len, Status)) + 2
_MIN_MESSAGE_WIDTH = 40


def as_text(findings: Sequence[Finding], width: int | None, *, color: bool) -> str:
    """Return one entry per finding and a summary.

    Args:
        findings: The findings, in the order of the checks.
        width: Columns of the terminal. None leaves lines unwrapped, for pipes and files.
        color: Whether to color the status; the environment variable NO_COLOR prevents it.
    """
    color = color and not os.environ.get("NO_COLOR")
    check_width = max(len(finding.check) for finding in findings) + 2
    indent = " " * (_STATUS_WIDTH + check_width)
    message_width = width and max(_MIN_MESSAGE_WIDTH, width - len(indent))
    lines = []
    for finding in findings:
        first, *others = _message_lines(finding, message_width)
        lines.append(f"{_status(finding.status, color)}{finding.check:<{check_width}}{first}")
        lines += [indent + line for line in others]
    errors = [finding.check for finding in findings if finding.status is Status.ERROR]
    if errors:
        lines.append(f"Errors: {', '.join(errors)}. Fix the first one first.")
    else:
        lines.append("No errors found.")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding], versions: Mapping[str, str], catalogue_date: str) -> str:
    """Return the findings as one JSON object."""
    report = {
        "ok": all(finding.status is not Status.ERROR for finding in findings),
        "versions": versions,
        "catalogue": catalogue_date,
        "checks": [asdict(finding) for finding in findings],
    }
    return json.dumps(report, indent=2)


def _status(status: Status, color: bool) -> str:
    text = f"{status:<{_STATUS_WIDTH}}"
    return f"\x1b[{_COLORS[status]}m{text}\x1b[0m" if color else text


def _message_lines(finding: Finding, width: int | None) -> list[str]:
    """Return the lines of the message and of the fix, wrapped if `width` is set."""
    text = f"{finding.message}\nFix: {finding.fix}" if finding.fix else finding.message
    lines = printable_lines(text).splitlines()
    if width is None:
        return lines
    # Commands, URLs and ids of models stay in one piece, so that they can be copied.
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return [part for line in lines for part in wrapper.wrap(line)]
