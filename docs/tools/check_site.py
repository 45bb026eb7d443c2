"""Check the built site: links, anchors, and that nothing is loaded from other servers.

Usage: python docs/tools/check_site.py site
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
_CSS_URL = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import\s+[\"']?(?:https?:)?//")


class Document(HTMLParser):
    """The ids, links and loaded files of an HTML page.

    Attributes:
        ids: Values of all `id` and `name` attributes.
        links: Targets of links.
        loaded: URLs of scripts, style sheets, images and frames.
        diagrams: Number of diagrams, which the theme draws with a script of another server.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.diagrams = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes of an element."""
        values = {name: value for name, value in attrs if value}
        self.ids.update(values[name] for name in ("id", "name") if name in values)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        url = values.get(_LOADED.get(tag, ""), "data:")
        if not url.startswith("data:"):
            self.loaded.append(url)
        self.diagrams += "mermaid" in values.get("class", "").split()


def is_external(url: str) -> bool:
    """Return whether a URL leads to another server."""
    parts = urlsplit(url)
    return bool(parts.scheme or parts.netloc)


def link_problem(page: Path, link: str, documents: dict[Path, Document]) -> str | None:
    """Return why a link of a page is broken, or None if it is not."""
    if is_external(link):
        return None
    parts = urlsplit(link)
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return f"{link} does not exist"
    anchor = unquote(parts.fragment)
    document = documents.get(target)
    if anchor and document and anchor not in document.ids | {"__search", "__drawer"}:
        return f"{link} has no such anchor"
    return None


def page_problems(page: Path, documents: dict[Path, Document]) -> list[str]:
    """Return the problems of a page."""
    document = documents[page]
    problems = [link_problem(page, link, documents) for link in document.links]
    for url in document.loaded:
        problem = f"{url} is on another server" if is_external(url) else None
        problems.append(problem or link_problem(page, url, documents))
    if document.diagrams:
        problems.append("diagrams load a script from another server")
    return [problem for problem in problems if problem]


def site_problems(site: Path) -> list[str]:
    """Return the problems of all pages and style sheets."""
    pages = [path.resolve() for path in sorted(site.rglob("*.html"))]
    documents = {page: Document(page.read_text("utf-8")) for page in pages}
    root = site.resolve()
    problems = [
        f"{page.relative_to(root)}: {problem}"
        for page in pages
        if page.name != "404.html"  # its links are absolute
        for problem in page_problems(page, documents)
    ]
    problems += [
        f"{sheet.name}: loads a file from another server"
        for sheet in sorted(site.rglob("*.css"))
        if _CSS_URL.search(sheet.read_text("utf-8"))
    ]
    return problems if pages else [f"{site} has no pages"]


def main() -> None:
    """Print the problems of a built site; exit with 1 if there are any."""
    site = Path(sys.argv[1])
    problems = site_problems(site)
    print("\n".join(problems) or f"{site}: all links, anchors and loaded files are fine.")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
