"""Extension of griffe: take docstrings that are completed at runtime from the imported classes.

The classes of the adapters describe their arguments in the metadata of pydantic fields, and add
them to their docstrings when they are imported.
"""

from importlib import import_module
from inspect import getdoc
from typing import Any

from griffe import Class, Docstring, Extension

PACKAGES = ("ionos_model_hub", "langchain_ionos", "llama_index_ionos")


class RuntimeDocstrings(Extension):
    """Replaces the docstrings of public classes by those of the imported classes."""

    def on_class(self, *, cls: Class, **kwargs: Any) -> None:
        """Replace a docstring that has become longer."""
        if cls.docstring is None or cls.path.partition(".")[0] not in PACKAGES:
            return
        try:
            imported = getattr(import_module(cls.module.path), cls.name, None)
        except ImportError:  # of Ray, for example, whose classes have complete docstrings
            return
        text = getdoc(imported) or ""
        if "\nArguments:\n" in text and "\nArguments:\n" not in cls.docstring.value:
            cls.docstring = Docstring(text, parent=cls, lineno=cls.docstring.lineno)
