"""The pages that repeat what the code defines, and the checks of the built site."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ionos_model_hub
import langchain_ionos
import llama_index_ionos
from docs.tools import api_pages, check_site, model_tables
from ionos_model_hub.settings.fields import SETTINGS, field_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("notebooks/*"))]


def read(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@pytest.mark.parametrize("table", model_tables.TABLES, ids=lambda table: table.__name__)
def test_page_of_models_contains_the_catalogue(table: Callable[[], str]) -> None:
    assert table() in read("models.md")


def test_page_of_models_names_the_dates_of_the_catalogue() -> None:
    from ionos_model_hub import catalogue

    assert catalogue.AS_OF in read("models.md")
    assert catalogue.PRICES_AS_OF in read("models.md")


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_listed(setting: str) -> None:
    assert re.search(rf"^\| .*`{setting}`", read("configuration.md"), re.MULTILINE)


@pytest.mark.parametrize("name", api_pages.public_names("ionos_model_hub", errors=True))
def test_every_error_is_explained(name: str) -> None:
    has_subclasses = getattr(ionos_model_hub, name).__subclasses__()
    assert has_subclasses or f"`{name}`" in read("errors.md")


def test_every_page_of_the_reference_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    for name, module in api_pages.MODULES.items():
        assert f"- {module}: api/{name}.md" in navigation
        assert f"[`{module}`]({name}.md)" in read("api/index.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_packages_are_named_without_links_to_registries(page: Path) -> None:
    assert not re.search(r"pypi\.org/|npmjs\.com/", page.read_text("utf-8"))


def test_picture_of_the_demo_loads_nothing() -> None:
    picture = read("assets/demo.svg")
    assert picture.startswith("<svg")
    assert not re.search(r"url\(\W*https?:|@import|href=|<script", picture)


def write_site(folder: Path, **pages: str) -> Path:
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(f"<html><body>{body}</body></html>", "utf-8")
    return folder


def test_site_without_problems(tmp_path: Path) -> None:
    site = write_site(
        tmp_path,
        index='<a href="other.html#part">x</a><a href="https://example.org/">x</a>'
        '<a href="#a">x</a><h1 id="a">A</h1>',
        other='<h2 id="part">B</h2><a href=".">x</a><img src="data:image/png;base64,AA==">',
    )
    assert check_site.site_problems(site) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="missing.html">x</a>', "missing.html does not exist"),
        ('<a href="#missing">x</a>', "#missing has no such anchor"),
        ('<script src="https://cdn.example/a.js"></script>', "is on another server"),
        ('<link href="//fonts.example/a.css">', "is on another server"),
        ('<img src="https://example.org/a.png">', "is on another server"),
        ('<img src="missing.png">', "missing.png does not exist"),
        ('<pre class="mermaid"></pre>', "diagrams load a script"),
    ],
)
def test_problems_of_a_site_are_reported(tmp_path: Path, body: str, problem: str) -> None:
    (found,) = check_site.site_problems(write_site(tmp_path, index=body))
    assert found.startswith("index.html: ")
    assert problem in found


def test_fonts_of_other_servers_are_reported(tmp_path: Path) -> None:
    write_site(tmp_path, index="")
    (tmp_path / "a.css").write_text("@font-face{src: url(https://fonts.example/a.woff)}", "utf-8")
    assert check_site.site_problems(tmp_path) == ["a.css: loads a file from another server"]


def test_folder_without_pages_is_a_problem(tmp_path: Path) -> None:
    assert check_site.site_problems(tmp_path)


SAME = re.compile(r"^\| ([^|]+) \| the same\b", re.MULTILINE)
ARGUMENT = re.compile(r"`(\w+)(?:=[^`]*)?`")
MIGRATIONS = [
    ("The chat model, argument by argument", langchain_ionos.ChatIONOS),
    ("The embeddings, argument by argument", langchain_ionos.IONOSEmbeddings),
    ("The LLM, argument by argument", llama_index_ionos.IONOS),
]
# Options of calls and names that are not arguments.
NOT_ARGUMENTS = {"extra_headers", "extra_query", "None"}


@pytest.mark.parametrize(("title", "kind"), MIGRATIONS, ids=[title for title, _ in MIGRATIONS])
def test_arguments_that_stay_the_same_are_accepted(title: str, kind: type[Any]) -> None:
    section = read("migration.md").partition(f"### {title}\n")[2].partition("\n### ")[0]
    rows = SAME.findall(section)
    names = {name for row in rows for name in ARGUMENT.findall(row)} - NOT_ARGUMENTS
    assert len(rows) > 2
    assert names - set(field_names(kind)) == set()


FILE = re.compile(r"`((?:\w+/)+\w+\.py)\b")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_that_a_page_names_exist(page: str) -> None:
    named = FILE.findall((ROOT / page).read_text("utf-8"))
    folders = (ROOT, ROOT / "ionos_model_hub")
    assert len(named) > 10
    assert [name for name in named if not any((each / name).exists() for each in folders)] == []
