"""Docstrings of classes list their arguments."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, Field

from ionos_model_hub.settings import Settings
from ionos_model_hub.settings.fields import SETTINGS, ConnectionFields


class Painter(ConnectionFields):
    """Paints.

    Example:
        >>> Painter(api_key="any").color
        'red'
    """

    argument_aliases: ClassVar[Mapping[str, str]] = {"hue": "color"}

    color: str = Field(
        default="red",
        validation_alias=AliasChoices("color", "colour"),
        description="Color of the paint.",
    )
    width: float | None = Field(default=None, description="Width in cm. Default: the brush's.")
    tags: list[str] = Field(default_factory=list, description="Free text.")
    canvas: Any = None


def test_arguments_are_appended_to_the_docstring() -> None:
    assert Painter.__doc__ is not None
    own, _, arguments = Painter.__doc__.partition("\n\nArguments:\n")
    assert own.splitlines()[0] == "Paints."
    assert own.endswith("'red'")
    assert arguments.splitlines()[:3] == [
        "    color: Color of the paint. Default: 'red'. Also accepted as `hue`, `colour`.",
        "    width: Width in cm. Default: the brush's.",
        "    tags: Free text.",
    ]
    assert "    timeout: Number of seconds" in arguments
    assert "canvas" not in arguments
    assert max(map(len, arguments.splitlines())) <= 100


def test_connection_settings_follow_the_arguments_of_the_class() -> None:
    assert Painter.__doc__ is not None
    positions = [Painter.__doc__.index(f"\n    {name}: ") for name in ("tags", *SETTINGS)]
    assert positions == sorted(positions)


def test_arguments_of_a_class_precede_those_of_its_bases() -> None:
    class Sprayer(Painter):
        pressure: float = Field(default=1.0, description="Pressure in bar.")

    class Robot(Sprayer):
        """Sprays."""

    names = [line.split(":")[0].strip() for line in str(Robot.__doc__).splitlines()]
    assert names[names.index("Arguments") + 1 :][:4] == ["pressure", "color", "width", "tags"]


def test_classes_without_a_docstring_list_their_arguments() -> None:
    class Undocumented(Painter):
        pass

    docstring = str(Undocumented.__doc__)
    assert "color: Color of the paint." in docstring
    assert docstring.endswith("    Described in the base classes: `canvas`.")


def test_aliases_set_the_field() -> None:
    for name in ("color", "colour", "hue"):
        assert Painter(api_key="any", **{name: "blue"}).color == "blue"


def test_signature_shows_plain_types() -> None:
    class Complete(Painter, defer_build=False):
        pass

    parameters = inspect.signature(Complete).parameters
    annotations = {name: each.annotation for name, each in parameters.items()}
    assert annotations["color"] is str
    assert annotations["base_url"] == str | None
    assert annotations["timeout"] == float | None
    assert annotations["burst"] is int
    assert annotations["tags"] == list[str]


def test_signature_of_settings_shows_plain_types() -> None:
    assert Settings(api_key="any").burst == 9
    signature = str(inspect.signature(Settings))
    assert "deadline: float | None = None" in signature
    assert "Annotated" not in signature
