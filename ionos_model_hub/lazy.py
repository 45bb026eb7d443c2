"""Imports on first use, which keep importing a package fast, and imports that need an extra."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec


def lazy_getattr(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return a `__getattr__` for a package that loads each name from its submodule.

    Args:
        package: The package's name.
        modules: The submodule of each public name.

    Example:
        >>> load = lazy_getattr("ionos_model_hub", {"Settings": "settings"})
        >>> load("Settings").__name__
        'Settings'
    """

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return load


def require_extra(owner: str, extra: str, *modules: str) -> None:
    """Check, without importing them, that the modules of an extra are installed.

    Args:
        owner: The part of the package that needs them, for the error.
        extra: The extra that installs them.
        modules: Their names.

    Raises:
        ImportError: A module is not installed; the message contains the pip command.
    """
    for module in modules:
        try:
            is_installed = find_spec(module) is not None
        except ModuleNotFoundError:  # its parent package is missing
            is_installed = False
        if not is_installed:
            raise ImportError(f'{owner} needs {module}: pip install "ionos-model-hub[{extra}]"')
