"""What the doctor makes of what it sees."""

import base64
import json
from datetime import UTC, date, datetime
from email.utils import format_datetime

import pytest

from ionos_model_hub import catalogue
from ionos_model_hub.cli import findings
from ionos_model_hub.cli.findings import Seen, Verdict
from ionos_model_hub.credentials import Key
from ionos_model_hub.errors import AuthenticationError, ConfigurationError, ConnectionFailedError
from ionos_model_hub.settings import HUB_URL, Settings
from ionos_model_hub.transport.connection_errors import connection_failed

NOW = 4_000_000_000.0
DAY = 86_400
LOCAL = "http://localhost:8400/v1"
TODAY = date(2026, 9, 20)
ALL_MODELS = [model.id for model in catalogue.MODELS]


def token(**claims: object) -> Key:
    """Return a key in the form of a token."""
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Key(f"eyJhbGciOiJub25lIn0.{middle}.c2ln")


def seen(**options: object) -> Seen:
    return Seen(**{"at": NOW, "date": "", **options})  # type: ignore[arg-type]  # as the tests name them


def certificate(seconds: float) -> Seen:
    ends = datetime.fromtimestamp(NOW + seconds, UTC).strftime("%b %d %H:%M:%S %Y GMT")
    return seen(tls_version="TLSv1.3", certificate={"notAfter": ends})


def test_a_token_is_fine_wherever_it_goes() -> None:
    found = findings.key(token(), ["IONOS_API_KEY"], HUB_URL)
    assert found.verdict is Verdict.OK
    assert found.told == "From IONOS_API_KEY; it has the form of a token."


def test_a_key_of_another_form_is_fine_for_another_server_only() -> None:
    key = Key("sk-1234")
    assert findings.key(key, ["IONOS_TOKEN"], LOCAL).verdict is Verdict.OK
    found = findings.key(key, ["IONOS_TOKEN"], HUB_URL)
    assert found.verdict is Verdict.NOTE
    assert "'eyJ'" in found.remedy


def test_variables_that_are_passed_over_are_named() -> None:
    found = findings.key(token(), ["IONOS_API_KEY", "IONOS_TOKEN"], HUB_URL)
    assert "From IONOS_API_KEY, which goes before IONOS_TOKEN;" in found.told


@pytest.mark.parametrize("form", ["eyJ.only-two", "ayJ.b.c", "eyJ.a.b.c"])
def test_the_form_of_a_token(form: str) -> None:
    assert findings.key(Key(form), ["IONOS_API_KEY"], HUB_URL).verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("left", "verdict", "told"),
    [
        (30 * DAY + 60, Verdict.OK, "in 30 days"),
        (14 * DAY, Verdict.OK, "in 14 days"),
        (14 * DAY - 1, Verdict.NOTE, "in 13 days"),
        (5 * 3600 + 1, Verdict.NOTE, "in 5 hours"),
        (600, Verdict.NOTE, "in 10 minutes"),
        (90, Verdict.NOTE, "in 90 seconds"),
    ],
)
def test_how_long_a_token_lives(left: float, verdict: Verdict, told: str) -> None:
    found = findings.expiry(token(exp=NOW + left), NOW)
    assert found.verdict is verdict
    assert found.told.endswith(f"{told}.")
    assert bool(found.remedy) is (verdict is Verdict.NOTE)


def test_a_key_need_not_say_when_it_ends() -> None:
    assert findings.expiry(Key("sk-1234"), NOW).verdict is Verdict.OK


def test_where_requests_go() -> None:
    assert findings.address(HUB_URL).told == f"{HUB_URL}, the hub's."
    assert "from IONOS_BASE_URL" in findings.address(LOCAL).told


@pytest.mark.parametrize(("seconds", "verdict"), [(90 * DAY, Verdict.OK), (3 * DAY, Verdict.NOTE)])
def test_how_long_a_certificate_is_good(seconds: float, verdict: Verdict) -> None:
    found = findings.certificate(certificate(seconds))
    assert found.verdict is verdict
    assert found.told.startswith("TLSv1.3, with a certificate that is trusted until 20")


def test_plain_http_needs_no_certificate() -> None:
    assert findings.certificate(seen()).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", "Check the clock"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate is not yet valid", "Check the clock"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] Hostname mismatch, not valid for 'x'", "another server"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "did not respond with TLS"),
        ("[SSL] record layer failure", "did not respond with TLS"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "Set SSL_CERT_FILE"),
    ],
)
def test_what_a_refused_certificate_means(message: str, remedy: str) -> None:
    error = connection_failed("h", message)
    assert findings.is_about_tls(error)
    found = findings.untrusted(error)
    assert found.verdict is Verdict.WRONG
    assert found.check == "TLS"
    assert remedy in found.remedy


def test_other_failures_are_not_about_tls() -> None:
    assert not findings.is_about_tls(ConnectionFailedError("The connection to h failed: refused."))
    found = findings.untrusted(ConnectionFailedError("[SSL] bad handshake"))
    assert found.remedy


@pytest.mark.parametrize(
    ("ahead", "verdict", "told"),
    [
        (0, Verdict.OK, "agrees"),
        (-60, Verdict.OK, "agrees"),
        (61, Verdict.WRONG, "61 seconds ahead of"),
        (-3 * 3600, Verdict.WRONG, "3 hours behind"),
    ],
)
def test_the_clock_is_judged_by_the_server_s(ahead: float, verdict: Verdict, told: str) -> None:
    date = format_datetime(datetime.fromtimestamp(NOW - ahead, UTC), usegmt=True)
    found = findings.clock(seen(date=date))
    assert found.verdict is verdict
    assert told in found.told


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_server_need_not_tell_the_time(date: str) -> None:
    assert findings.clock(seen(date=date)).told == "The server does not tell the time."


def test_models_as_the_catalogue_has_them() -> None:
    served = [each for each in ALL_MODELS if "405B" not in each]
    found = findings.models(served, TODAY)
    assert found.verdict is Verdict.OK
    assert found.told.startswith(f"{len(served)} are served.")
    assert "405B-Instruct-FP8 (was on 2026-09-15; use openai/gpt-oss-120b)" in found.told
    assert "3.1-8B-Instruct (will be on 2026-10-01" in found.told
    assert "Missing" not in found.told


def test_models_that_are_missing_or_new_are_named() -> None:
    served = [*(each for each in ALL_MODELS if "Coder" not in each), "new/model"]
    found = findings.models(served, TODAY)
    assert found.verdict is Verdict.NOTE
    assert f"Missing, though known on {catalogue.AS_OF}: Qwen/Qwen3-Coder-Next." in found.told
    assert "New since the catalogue: new/model." in found.told


def test_a_default_that_is_not_served_is_wrong() -> None:
    served = [each for each in ALL_MODELS if each != catalogue.DEFAULT_EMBEDDING_MODEL]
    found = findings.models(served, TODAY)
    assert found.verdict is Verdict.WRONG
    assert found.remedy.endswith("the default: BAAI/bge-m3.")


@pytest.mark.parametrize(
    ("served", "asked"),
    [
        (ALL_MODELS, catalogue.DEFAULT_CHAT_MODEL),
        (["BAAI/bge-m3", "Qwen/Qwen3.5-9B"], "Qwen/Qwen3.5-9B"),
        (["BAAI/bge-m3", "new/model"], None),
        ([], None),
    ],
)
def test_which_model_is_asked(served: list[str], asked: str | None) -> None:
    assert findings.model_to_ask(served) == asked


def test_limits_that_answers_tell() -> None:
    settings = Settings(api_key="k", base_url="https://example.com/v1")
    headers = {"x-trace-id": "1", "x-ratelimit-limit": "5", "x-ratelimit-remaining": "4"}
    told = findings.limits(headers, settings).told
    assert told.startswith("Told in headers: x-ratelimit-limit 5, x-ratelimit-remaining 4.")
    assert told.endswith("paced to 5 requests/s, 9 at once.")


def test_limits_that_are_not_told() -> None:
    told = findings.limits({}, Settings(api_key="k", base_url=LOCAL)).told
    assert told == "Answers tell none. Requests are not paced on this machine."


def test_connections() -> None:
    assert findings.connection("h:443", "").told == "h:443 answers."
    assert findings.connection("h", "proxy").told == "h answers through the proxy proxy."
    refused = ConnectionFailedError("The connection to h failed: [Errno 111] Connection refused.")
    assert findings.unreachable(refused, "h:1").told == "h:1 refused it."
    assert "HTTPS_PROXY" in findings.unreachable(ConnectionFailedError("silence"), "h").remedy
    assert "h cannot be resolved: why." in findings.unknown_host("h", "why").told


def test_an_error_is_told_once_with_its_remedy_apart() -> None:
    error = AuthenticationError("No.", hint="Mend it.", status_code=401, request_id="abc")
    found = findings.failed("models", error)
    assert (found.told, found.remedy) == ("No. (status 401, trace id abc)", "Mend it.")
    assert findings.failed("models", AuthenticationError("No.")).told == "No."


def test_keys_that_are_none() -> None:
    found = findings.bad_key(ConfigurationError("Bad.", hint="Mend."), ["IONOS_TOKEN"])
    assert (found.told, found.remedy) == ("From IONOS_TOKEN: Bad.", "Mend.")
    assert "IONOS_API_KEY, IONOS_API_TOKEN, IONOS_TOKEN" in findings.missing_key().told
