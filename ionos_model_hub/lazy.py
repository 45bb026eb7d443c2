"""Public names that are loaded when first used, so that importing a package costs little."""

from collections.abc import Callable, Mapping
from importlib import import_module


def loader_of(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a module's `__getattr__` that takes each name from the submodule it lives in.

    Args:
        package: The package's name.
        homes: The submodule of each public name.

    Example:
        >>> load = loader_of("ionos_model_hub", {"Settings": "settings"})
        >>> load("Settings").__name__
        'Settings'
    """

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return load
