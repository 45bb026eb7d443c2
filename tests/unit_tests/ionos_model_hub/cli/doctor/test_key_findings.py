"""Findings about the API key."""

import base64
import json

import pytest

from ionos_model_hub.cli.doctor import key_findings
from ionos_model_hub.cli.doctor.findings import Status, failed
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import AuthenticationError
from ionos_model_hub.settings import HUB_URL

NOW = 4_000_000_000.0
DAY = 86_400
LOCAL = "http://localhost:8400/v1"


def token(**claims: object) -> Key:
    """Return a key with the format of a hub token."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Key(f"eyJhbGciOiJub25lIn0.{payload}.c2ln")


def test_token_is_ok_for_any_server() -> None:
    for url in (HUB_URL, LOCAL):
        finding = key_findings.key_format(token(), ["IONOS_API_KEY"], url)
        assert finding.status is Status.OK
        assert finding.message == "Read from IONOS_API_KEY. It has the format of a hub token."


def test_other_formats_are_ok_for_other_servers_only() -> None:
    key = Key("sk-1234")
    assert key_findings.key_format(key, ["IONOS_TOKEN"], LOCAL).status is Status.OK
    finding = key_findings.key_format(key, ["IONOS_TOKEN"], HUB_URL)
    assert finding.status is Status.WARNING
    assert "'eyJ'" in finding.fix


def test_overridden_variables_are_named() -> None:
    finding = key_findings.key_format(token(), ["IONOS_API_KEY", "IONOS_TOKEN"], HUB_URL)
    assert "Read from IONOS_API_KEY, which takes precedence over IONOS_TOKEN." in finding.message


@pytest.mark.parametrize("text", ["eyJ.only-two", "ayJ.b.c", "eyJ.a.b.c"])
def test_token_format(text: str) -> None:
    finding = key_findings.key_format(Key(text), ["IONOS_API_KEY"], HUB_URL)
    assert finding.status is Status.WARNING


@pytest.mark.parametrize(
    ("seconds", "status", "duration"),
    [
        (30 * DAY + 60, Status.OK, "in 30 days"),
        (14 * DAY, Status.OK, "in 14 days"),
        (14 * DAY - 1, Status.WARNING, "in 13 days"),
        (5 * 3600 + 1, Status.WARNING, "in 5 hours"),
        (600, Status.WARNING, "in 10 minutes"),
        (90, Status.WARNING, "in 90 seconds"),
    ],
)
def test_token_expiry(seconds: float, status: Status, duration: str) -> None:
    finding = key_findings.expiry(token(exp=NOW + seconds), NOW)
    assert finding.status is status
    assert finding.message.endswith(f"{duration}.")
    assert bool(finding.fix) is (status is Status.WARNING)


def test_key_without_expiry_date() -> None:
    assert key_findings.expiry(Key("sk-1234"), NOW).status is Status.OK


def test_missing_key() -> None:
    assert "IONOS_API_KEY, IONOS_API_TOKEN, IONOS_TOKEN" in key_findings.missing_key().message


def test_rejected_key() -> None:
    error = AuthenticationError("No.", hint="Replace it.", status_code=401)
    finding = key_findings.rejected_key(error, ["IONOS_TOKEN"])
    assert (finding.check, finding.status) == ("key", Status.ERROR)
    assert finding.message == "Read from IONOS_TOKEN. The server rejected it: No. (status 401)"
    assert finding.fix == "Replace it."


def test_hint_of_an_error_is_not_repeated_in_the_message() -> None:
    error = AuthenticationError("No.", hint="Replace it.", status_code=401, request_id="abc")
    finding = failed("models", error)
    assert (finding.message, finding.fix) == ("No. (status 401, trace id abc)", "Replace it.")
    assert failed("models", AuthenticationError("No.")).message == "No."
