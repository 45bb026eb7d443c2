"""What `ionos-model-hub doctor` makes of what it sees. Nothing here does any I/O."""

import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from ionos_model_hub import catalogue
from ionos_model_hub.credentials import Key, expires_at
from ionos_model_hub.errors import ConfigurationError, ModelHubError
from ionos_model_hub.settings import HUB_URL, KEY_VARIABLES, Settings

SOON = 14 * 86_400
CLOCK_TOLERANCE = 60
DEFAULT_MODELS = (
    catalogue.DEFAULT_CHAT_MODEL,
    catalogue.DEFAULT_EMBEDDING_MODEL,
    catalogue.DEFAULT_RERANK_MODEL,
    catalogue.DEFAULT_IMAGE_MODEL,
)


class Verdict(StrEnum):
    """How a check came out; a note is worth knowing and keeps nothing from working."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    UNCHECKED = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        check: What was checked.
        verdict: How it came out.
        told: What was seen.
        remedy: How to mend it, where it is not well.
    """

    check: str
    verdict: Verdict
    told: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a first request, without a key, showed of the server.

    Attributes:
        at: Unix time at which its answer came.
        date: The answer's `Date` header, "" without one.
        tls_version: Such as TLSv1.3; "" for plain http.
        certificate: The server's, as `ssl.SSLSocket.getpeercert` returns it; empty for plain http.
    """

    at: float
    date: str
    tls_version: str = ""
    certificate: Mapping[str, object] | None = None


def failed(check: str, error: ModelHubError) -> Finding:
    """Return the finding for an error."""
    hint = error.hint or ""
    return Finding(check, Verdict.WRONG, str(error).removesuffix(hint).strip(), hint)


def unchecked(check: str, because: str) -> Finding:
    """Return the finding for a check that another one made pointless."""
    return Finding(check, Verdict.UNCHECKED, f"Not checked, because of the {because}.")


def key(key: Key, variables: Sequence[str], url: str) -> Finding:
    """Judge where a key comes from and whether it looks like a token of the hub.

    Args:
        key: One that may be sent.
        variables: The environment variables that hold a key; the first was taken.
        url: Where it is sent.
    """
    told = f"From {variables[0]}"
    if others := variables[1:]:
        told += f", which goes before {' and '.join(others)}"
    secret = key.get_secret_value()
    if secret.startswith("eyJ") and secret.count(".") == 2:
        return Finding("key", Verdict.OK, f"{told}; it has the form of a token.")
    if url != HUB_URL:
        return Finding("key", Verdict.OK, f"{told}; it has another form than the hub's tokens.")
    return Finding(
        "key",
        Verdict.NOTE,
        f"{told}; it has not the form of a token.",
        "The hub's tokens start with 'eyJ' and have three parts with dots between.",
    )


def expiry(key: Key, now: float) -> Finding:
    """Judge how long a key still lives."""
    ends = expires_at(key.get_secret_value())
    if ends is None:
        return Finding("expiry", Verdict.OK, "The key does not say when it ends.")
    told = f"The key ends on {_day(ends)}, in {_span(ends - now)}."
    if ends - now < SOON:
        remedy = f"Make a new one in the DCD under Management > Token Manager before {_day(ends)}."
        return Finding("expiry", Verdict.NOTE, told, remedy)
    return Finding("expiry", Verdict.OK, told)


def address(url: str) -> Finding:
    """Judge where requests go."""
    if url == HUB_URL:
        return Finding("base URL", Verdict.OK, f"{url}, the hub's.")
    return Finding("base URL", Verdict.OK, f"{url}, from IONOS_BASE_URL.")


def unreachable(error: ModelHubError, host: str) -> Finding:
    """Return the finding for a server that no connection could be made to."""
    if "refused" in error.message:
        remedy = "Nobody listens there: start the server, or mend IONOS_BASE_URL."
        return Finding("connection", Verdict.WRONG, f"{host} refused it.", remedy)
    return Finding(
        "connection",
        Verdict.WRONG,
        error.message,
        "Check the network; behind a company's firewall set HTTPS_PROXY to its proxy.",
    )


def unknown_host(host: str, reason: str) -> Finding:
    """Return the finding for a name that has no address."""
    return Finding(
        "connection",
        Verdict.WRONG,
        f"The name {host} cannot be resolved: {reason}.",
        "Check IONOS_BASE_URL for typing errors, then the network and its DNS.",
    )


def connection(host: str, proxy: str) -> Finding:
    """Tell of a connection that was made; `proxy` is the host on the way, or ""."""
    way = f" through the proxy {proxy}" if proxy else ""
    return Finding("connection", Verdict.OK, f"{host} answers{way}.")


def is_about_tls(error: ModelHubError) -> bool:
    """Tell whether a connection failed at its encryption."""
    return "CERTIFICATE" in error.message or "SSL" in error.message or "TLS" in error.message


def certificate(seen: Seen) -> Finding:
    """Judge the encryption and how long the server's certificate is good."""
    if not seen.certificate:
        return Finding("TLS", Verdict.OK, "None: plain http, on this machine only.")
    ends = ssl.cert_time_to_seconds(str(seen.certificate["notAfter"]))
    told = f"{seen.tls_version}, with a certificate that is trusted until {_day(ends)}."
    if ends - seen.at < SOON:
        remedy = "It is the server's to renew; if a proxy inspects TLS, tell who runs it."
        return Finding("TLS", Verdict.NOTE, told, remedy)
    return Finding("TLS", Verdict.OK, told)


def untrusted(error: ModelHubError) -> Finding:
    """Return the finding for a certificate that was refused."""
    remedy = error.hint or "Check what stands between this machine and the hub."
    return Finding("TLS", Verdict.WRONG, error.message, remedy)


def clock(seen: Seen) -> Finding:
    """Judge this machine's clock by the server's."""
    try:
        ahead = seen.at - parsedate_to_datetime(seen.date).timestamp()
    except ValueError:
        return Finding("clock", Verdict.OK, "The server does not tell the time.")
    if abs(ahead) <= CLOCK_TOLERANCE:
        return Finding(
            "clock", Verdict.OK, f"It agrees with the server's within {CLOCK_TOLERANCE} s."
        )
    told = f"It is {_span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the server's."
    remedy = "Set it, best by NTP; certificates and tokens are judged by it."
    return Finding("clock", Verdict.WRONG, told, remedy)


def models(served: Collection[str], today: date) -> Finding:
    """Judge what is served beside what the catalogue knows."""
    missing = [
        model.id
        for model in catalogue.MODELS
        if model.id not in served and not _is_retired(model, today)
    ]
    told = " ".join([f"{len(served)} are served.", *_changes(served, missing, today)])
    if lost := [model for model in DEFAULT_MODELS if model not in served]:
        remedy = f"Name another where these are the default: {', '.join(lost)}."
        return Finding("models", Verdict.WRONG, told, remedy)
    return Finding("models", Verdict.NOTE if missing else Verdict.OK, told)


def _changes(served: Collection[str], missing: Sequence[str], today: date) -> list[str]:
    retired = [
        f"{model.id} ({'was' if _is_retired(model, today) else 'will be'} on {model.retired_on}; "
        f"use {model.successor})"
        for model in catalogue.MODELS
        if model.retired_on
    ]
    unknown = [model for model in served if catalogue.find_model(model) is None]
    lists = {
        f"Missing, though known on {catalogue.AS_OF}": missing,
        "Retired": retired,
        "New since the catalogue": unknown,
    }
    return [f"{name}: {', '.join(listed)}." for name, listed in lists.items() if listed]


def limits(headers: Mapping[str, str], settings: Settings) -> Finding:
    """Tell what answers say of the rate limit, and at which pace requests go out."""
    heard = [f"{name} {value}" for name, value in headers.items() if "ratelimit" in name]
    told = f"Told in headers: {', '.join(heard)}." if heard else "Answers tell none."
    if settings.pace is None:
        return Finding("limits", Verdict.OK, f"{told} Requests are not paced on this machine.")
    pace = f"{settings.pace:g} requests/s, {settings.burst} at once"
    return Finding("limits", Verdict.OK, f"{told} Requests are paced to {pace}.")


def model_to_ask(served: Sequence[str]) -> str | None:
    """Return the chat model that a trial request goes to, or None where none is served."""
    if catalogue.DEFAULT_CHAT_MODEL in served:
        return catalogue.DEFAULT_CHAT_MODEL
    known = ((model, catalogue.find_model(model)) for model in served)
    return next((model for model, facts in known if facts and facts.kind == "chat"), None)


def answer(model: str, seconds: float) -> Finding:
    """Tell of an answer that came."""
    return Finding("answer", Verdict.OK, f"{model} answered in {seconds:.1f} s.")


def bad_key(error: ConfigurationError, variables: Sequence[str]) -> Finding:
    """Return the finding for a key that cannot be one."""
    found = failed("key", error)
    return Finding("key", Verdict.WRONG, f"From {variables[0]}: {found.told}", found.remedy)


def missing_key() -> Finding:
    """Return the finding for an environment without a key."""
    return Finding(
        "key",
        Verdict.WRONG,
        f"None of {', '.join(KEY_VARIABLES)} is set.",
        "Make a token in the DCD under Management > Token Manager and set it as IONOS_API_KEY; "
        "without one, `ionos-model-hub emulator` serves a local hub.",
    )


def _is_retired(model: catalogue.Model, today: date) -> bool:
    return model.retired_on is not None and model.retired_on <= today.isoformat()


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _span(seconds: float) -> str:
    """Return a length of time in the largest unit that fits."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
