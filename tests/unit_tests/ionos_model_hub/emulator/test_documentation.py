"""The documentation of the emulator contains every argument, error, fixture and difference."""

import dataclasses
import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from ionos_model_hub.emulator import Emulator, RecordedChat, RecordedResponse, Reply, pytest_plugin
from ionos_model_hub.emulator.profiles import HubQuirk
from ionos_model_hub.emulator.scripted_errors import ErrorName

PAGE = (Path(__file__).parents[4] / "docs/testing.md").read_text("utf-8")


@pytest.mark.parametrize("quirk", HubQuirk, ids=lambda quirk: quirk.name)
def test_every_difference_between_the_profiles_is_listed(quirk: HubQuirk) -> None:
    difference = quirk.value
    assert f"| {difference.hub} | {difference.engine} | {difference.source} |" in PAGE


def test_every_argument_of_replies_is_explained() -> None:
    names = [field.name for field in dataclasses.fields(Reply)]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    documentation = inspect.getdoc(Reply) or ""
    assert [name for name in names if f"\n    {name}: " not in documentation] == []


def test_errors_fixtures_and_properties_are_listed() -> None:
    fixtures = [
        name
        for name in dir(pytest_plugin)
        if name.startswith("ionos_") and name != "ionos_emulator_server"
    ]
    responses = {field.name for field in dataclasses.fields(RecordedResponse)} - {"truncated"}
    chat = {name for name in vars(RecordedChat) if not name.startswith("_")}
    names = [*get_args(ErrorName), *fixtures, *responses, *chat]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_public_methods_have_documentation() -> None:
    for name, member in inspect.getmembers(Emulator):
        if not name.startswith("_"):
            assert inspect.getdoc(member), name


def test_links_within_the_page_have_targets() -> None:
    headings = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings
