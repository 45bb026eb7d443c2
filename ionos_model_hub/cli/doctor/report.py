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
_CHECK_WIDTH = len("connection") + 2
_MIN_MESSAGE_WIDTH = 40


def as_text(findings: Sequence[Finding], width: int | None, *, color: bool) -> str:
    """Return one entry per finding and a summary.

    Args:
        findings: The findings, in the order of the checks.
        width: Columns of the terminal. None leaves lines unwrapped, for pipes and files.
        color: Whether to color the status; the environment variable NO_COLOR prevents it.
    """
    color = color and not os.environ.get("NO_COLOR")
    lines = [line for finding in findings for line in _entry(finding, width, color)]
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


def _entry(finding: Finding, width: int | None, color: bool) -> list[str]:
    status = f"{finding.status:<{_STATUS_WIDTH}}"
    if color:
        status = f"\x1b[{_COLORS[finding.status]}m{status}\x1b[0m"
    indent = " " * (_STATUS_WIDTH + _CHECK_WIDTH)
    texts = [finding.message, f"Fix: {finding.fix}" if finding.fix else ""]
    first, *others = [line for text in texts for line in _wrapped(printable_lines(text), width)]
    return [f"{status}{finding.check:<{_CHECK_WIDTH}}{first}", *(indent + line for line in others)]


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None:
        return text.splitlines()
    room = max(_MIN_MESSAGE_WIDTH, width - _STATUS_WIDTH - _CHECK_WIDTH)
    return [line for part in text.splitlines() for line in textwrap.wrap(part, room)]
