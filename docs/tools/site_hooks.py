"""Hooks of mkdocs: add the API reference, and the Markdown files of the repository's root."""

import re
from pathlib import Path

from api_pages import pages as api_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
ROOT_PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_LINK = re.compile(r"(?<=\]\()(?:\.\./|docs/)?([\w./-]+\.md)(?=[#)])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not files below `docs/`."""
    for path, text in api_pages().items():
        files.append(File.generated(config, path, content=text))
    for source, target in ROOT_PAGES.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, target, content=site_links(text)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links to files of the root lead to their pages."""
    return markdown if page.file.src_uri.startswith("api/") else site_links(markdown)


def site_links(markdown: str) -> str:
    """Return a text of the repository with its links as on the site."""
    return _LINK.sub(lambda link: ROOT_PAGES.get(link[1], link[1]), markdown)
