"""Certificates of the authorities to trust, as set by environment variables."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.certificates import write_authority

from ionos_model_hub import Client
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.transport.async_httpx import AsyncHttpx
from ionos_model_hub.transport.http.errors import TlsConfigurationError
from ionos_model_hub.transport.http.tls import ssl_context
from ionos_model_hub.transport.sync_httpx import SyncHttpx


@pytest.fixture(autouse=True)
def new_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Create the context anew from the variables that a test sets."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    ssl_context.cache_clear()
    yield
    ssl_context.cache_clear()


def problem() -> str:
    with pytest.raises(TlsConfigurationError) as caught:
        ssl_context()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    return caught.value.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), ("", "no certificates in PEM"), ("DER", "no certificates in PEM")],
)
def test_unusable_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, reason: str
) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert problem().startswith(f"SSL_CERT_FILE is {str(file)!r}, which cannot be used")
    assert reason in problem()


def test_unusable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "missing"))
    assert problem().endswith("missing', which is not a folder")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    (tmp_path / "company.pem").touch()
    assert "openssl rehash" in problem()


def test_usable_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "0123abcd.0").touch()
    monkeypatch.setenv("SSL_CERT_DIR", f"/missing:{tmp_path}")
    assert ssl_context().verify_mode is ssl.CERT_REQUIRED
    ssl_context.cache_clear()
    monkeypatch.setenv("SSL_CERT_DIR", "/missing")
    monkeypatch.setenv("SSL_CERT_FILE", str(write_authority(tmp_path)))
    assert len(ssl_context().get_ca_certs()) == 1


@pytest.mark.parametrize(
    "create",
    [
        lambda: SyncHttpx(None, None),
        lambda: AsyncHttpx(None, None),
        lambda: Client(api_key="any", proxy="https://proxy.example").models(),
    ],
)
def test_error_of_httpx_clients(
    monkeypatch: pytest.MonkeyPatch, create: Callable[[], object]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/missing.pem")
    with pytest.raises(ConfigurationError, match=r"SSL_CERT_FILE is '/missing\.pem'") as caught:
        create()
    assert caught.value.attempts in (0, 1)
