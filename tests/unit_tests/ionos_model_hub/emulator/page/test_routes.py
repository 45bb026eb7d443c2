"""HTTP behaviour of the page, without a browser."""

from collections.abc import AsyncIterator

import httpx
import pytest

from ionos_model_hub.emulator import Call, Emulator, Reply

PAGE = "/_emulator/page"
AS_SCRIPT = {"X-Requested-With": "page"}


@pytest.fixture
def emulator() -> Emulator:
    """An emulator whose application is called without a server."""
    return Emulator()


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(emulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def send_chat(http: httpx.AsyncClient, content: str) -> httpx.Response:
    body = {
        "model": "meta-llama/Llama-3.3-70B-Instruct",
        "messages": [{"role": "user", "content": content}],
    }
    headers = {"Authorization": "Bearer any"}
    return await http.post("/v1/chat/completions", json=body, headers=headers)


async def test_page_lists_requests_and_is_not_recorded(
    http: httpx.AsyncClient, emulator: Emulator
) -> None:
    await send_chat(http, "Where is the <b>quay</b>?")
    page = await http.get("/")
    assert page.status_code == 200
    assert "Where is the &lt;b&gt;quay&lt;/b&gt;?" in page.text
    assert "export IONOS_BASE_URL=http://127.0.0.1/v1" in page.text
    assert len(emulator.requests) == 1


@pytest.mark.parametrize(
    "path", ["/", f"{PAGE}/static/page.js", f"{PAGE}/requests/1", f"{PAGE}/static/missing.js"]
)
async def test_security_headers(http: httpx.AsyncClient, path: str) -> None:
    await send_chat(http, "Hello")
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


async def test_search(http: httpx.AsyncClient) -> None:
    await send_chat(http, "Where is the quay?")
    assert "request-1" in (await http.get("/", params={"q": "QUAY where"})).text
    page = await http.get("/", params={"q": "lighthouse", "show": "failed"})
    assert "request-1" not in page.text
    assert "No request matches." in page.text
    assert (await http.get("/", params={"show": "unknown"})).status_code == 200


async def test_one_request_as_a_page_and_as_a_fragment(
    http: httpx.AsyncClient, emulator: Emulator
) -> None:
    emulator.script(Reply(tool_calls=[Call("get_weather", city="Berlin")]))
    await send_chat(http, "Hello")
    page = await http.get(f"{PAGE}/requests/1")
    fragment = await http.get(f"{PAGE}/requests/1", headers=AS_SCRIPT)
    assert page.text.startswith("<!doctype html>")
    assert fragment.text.startswith('<section aria-label="Request 1">')
    assert fragment.text in page.text
    assert (await http.get(f"{PAGE}/requests/2")).status_code == 404


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 5000])
async def test_unknown_numbers_are_not_found(http: httpx.AsyncClient, number: str) -> None:
    assert (await http.get(f"{PAGE}/requests/{number}")).status_code == 404


@pytest.mark.parametrize(
    "name", ["missing.css", "%2e%2e%2froutes.py", "..%2f__init__.py", "a" * 5_000]
)
async def test_other_files_are_not_served(http: httpx.AsyncClient, name: str) -> None:
    assert (await http.get(f"{PAGE}/static/{name}")).status_code == 404


@pytest.mark.parametrize("token", ["%ff", "other"])
async def test_tokens_that_are_not_configured_are_ignored(
    http: httpx.AsyncClient, token: str
) -> None:
    response = await http.get(f"/?token={token}")
    assert (response.status_code, "set-cookie" in response.headers) == (200, False)


async def test_form_of_a_browser_without_javascript(
    http: httpx.AsyncClient, emulator: Emulator
) -> None:
    form = {"kind": "text", "content": "Scripted"}
    sent = await http.post(f"{PAGE}/replies", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    assert "Scripted" in (await send_chat(http, "Hello")).text

    rejected = await http.post(f"{PAGE}/replies", data={"kind": "text"})
    assert rejected.status_code == 422
    assert "Enter the text of the reply." in rejected.text
    assert rejected.text.startswith("<!doctype html>")


async def test_form_of_the_script_of_the_page(http: httpx.AsyncClient) -> None:
    form = {"fault": "server_error", "times": "1"}
    sent = await http.post(f"{PAGE}/faults", data=form, headers=AS_SCRIPT)
    assert (sent.status_code, sent.text) == (200, "The fault is waiting for its request.")
    assert (await send_chat(http, "Hello")).status_code == 500
    assert (await send_chat(http, "Hello")).status_code == 200


async def test_clear_script_and_requests(http: httpx.AsyncClient, emulator: Emulator) -> None:
    await send_chat(http, "Hello")
    emulator.script(Reply(text="left"))
    emulator.inject(Reply(error="overloaded"))
    for path in ("script/clear", "requests/clear"):
        assert (await http.post(f"{PAGE}/{path}")).status_code == 303
    assert not emulator.requests
    emulator.verify()


async def test_long_forms_are_rejected(http: httpx.AsyncClient) -> None:
    form = {"kind": "text", "content": "x" * 2**20}
    sent = await http.post(f"{PAGE}/replies", data=form, headers=AS_SCRIPT)
    assert (sent.status_code, sent.text) == (422, "The form is too long.")


@pytest.mark.parametrize("headers", [{"Host": "a.test"}, {"Origin": "https://a.test"}])
@pytest.mark.parametrize("path", ["/", f"{PAGE}/events", f"{PAGE}/static/page.js"])
async def test_other_sites_are_rejected(
    http: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    assert (await http.get(path, headers=headers)).status_code == 403
