"""Load public names on first use, so that importing a package is fast."""

from collections.abc import Callable, Mapping
from importlib import import_module


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
