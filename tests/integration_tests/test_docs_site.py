"""The documentation site: it builds without warnings, all links work, and it loads nothing else."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.tools.check_site import site_problems

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("mkdocs")

ROOT = Path(__file__).parents[2]
PAGES = ["index", "structured_output", "migration", "models", "api/core", "api/langchain"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, without warnings."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Address of a server with the site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site)) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def opened(
    browser: "Browser", address: str, path: str, viewport: dict[str, int]
) -> "Iterator[Page]":
    """Open a page; it is an error if it requests a file from another server."""
    page = browser.new_page(viewport=viewport)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{address}/{path}")
    yield page
    page.close()
    assert [url for url in requested if not url.startswith((address, "data:"))] == []


def test_links_and_anchors_work_and_no_file_is_on_another_server(site: Path) -> None:
    assert site_problems(site) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_the_screen(
    browser: "Browser", address: str, path: str, viewport: dict[str, int]
) -> None:
    with opened(browser, address, f"{path}.html", viewport) as page:
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_search_finds_pages(browser: "Browser", address: str) -> None:
    with opened(browser, address, "index.html", DESKTOP) as page:
        page.click(".md-search__input")
        page.keyboard.type("rate limit")
        page.locator(".md-search-result__item").first.wait_for()
        assert "Limits" in page.locator(".md-search-result__list").inner_text()
