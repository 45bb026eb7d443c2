"""Extension of griffe: complete the docstrings of the API reference.

The classes of the adapters describe their arguments in the metadata of pydantic fields, and add
them to their docstrings when they are imported. Griffe reads only the source.
"""

import re
from importlib import import_module
from inspect import getdoc
from typing import Any, get_args, get_type_hints

from griffe import Class, Extension, Object
from typing_extensions import is_typeddict

PACKAGES = ("ionos_model_hub", "langchain_ionos", "llama_index_ionos")
_EXAMPLE = re.compile(r"^Example:$", re.MULTILINE)


def describe_keys(kind: Any) -> str:
    """Return a section with the keys of a TypedDict and their types, if these can be resolved."""
    try:
        hints = get_type_hints(kind)
    except NameError:  # a type of an optional package
        return ""
    keys = (f"    {name} ({type_name(hints[name])}): {need(kind, name)}" for name in hints)
    return "\n\nAttributes:\n" + "\n".join(keys)


def need(kind: Any, name: str) -> str:
    """Return whether a key of a TypedDict is required, as a word."""
    return "Required." if name in kind.__required_keys__ else "Optional."


def type_name(kind: Any) -> str:
    """Return the text of a type in an annotation, without the names of modules."""
    text = kind.__name__ if isinstance(kind, type) and not get_args(kind) else str(kind)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)


class RuntimeDocstrings(Extension):
    """Adds the arguments of classes, and marks examples as sections that griffe knows."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rename the section Example, which griffe renders as text, to Examples."""
        if obj.docstring and obj.path.partition(".")[0] in PACKAGES:
            obj.docstring.value = _EXAMPLE.sub("Examples:", obj.docstring.value)

    def on_class(self, *, cls: Class, **kwargs: Any) -> None:
        """Replace the docstring by that of the imported class if that one has more."""
        if cls.docstring is None or cls.path.partition(".")[0] not in PACKAGES:
            return
        try:
            imported = getattr(import_module(cls.module.path), cls.name, None)
        except ImportError:  # of Ray, for example, whose classes have complete docstrings
            return
        if is_typeddict(imported):
            cls.docstring.value += describe_keys(imported)
        text = getdoc(imported) or ""
        if "\nArguments:\n" in text and "\nArguments:\n" not in cls.docstring.value:
            cls.docstring.value = _EXAMPLE.sub("Examples:", text)
