"""`ionos-model-hub doctor`: check the configuration and the connection, and name each fix."""

import argparse
import platform
import shutil
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from ionos_model_hub import catalogue
from ionos_model_hub.cli.common.exit_codes import with_variables
from ionos_model_hub.cli.doctor.checks import run_checks
from ionos_model_hub.cli.doctor.findings import Finding, Status
from ionos_model_hub.cli.doctor.report import as_json, as_text

_PACKAGES = ("ionos-model-hub", "httpx", "langchain-core", "llama-index-core")


def run(options: argparse.Namespace) -> int:
    """Print the findings of all checks; return 0 only if none of them is an error."""
    # A later finding of a check replaces an earlier one: only the hub can say that a key of the
    # right format is invalid.
    findings = list({finding.check: _shown(finding) for finding in run_checks()}.values())
    if options.json:
        print(as_json(findings, _versions(), catalogue.AS_OF))
    else:
        is_terminal = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if is_terminal else None
        print(_environment())
        print(as_text(findings, width, color=is_terminal))
    return 1 if any(finding.status is Status.ERROR for finding in findings) else 0


def _shown(finding: Finding) -> Finding:
    message, fix = with_variables(finding.message), with_variables(finding.fix)
    return replace(finding, message=message, fix=fix)


def _environment() -> str:
    """Return the versions that a bug report should contain."""
    versions = ", ".join(f"{name} {number}" for name, number in _versions().items())
    return f"{versions}; catalogue of {catalogue.AS_OF}"


def _versions() -> dict[str, str]:
    versions = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
