"""The public names of the core."""

import inspect
from types import ModuleType

import ionos_model_hub
from ionos_model_hub import errors


def sort_key(name: str) -> tuple[int, str]:
    """Sort constants before classes and functions, as ruff does."""
    if name.isupper():
        return 0, name
    return (1 if name[0].isupper() else 2), name


def test_public_names_are_sorted_and_complete() -> None:
    public = ionos_model_hub.__all__
    assert public == sorted(public, key=sort_key)
    assert len(public) == len(set(public))
    imported = {
        name
        for name in dir(ionos_model_hub)
        if not name.startswith("_")
        and not isinstance(getattr(ionos_model_hub, name), ModuleType)
        and name not in {"TYPE_CHECKING", "lazy_getattr"}
    }
    assert imported | {"__version__"} == set(public)


def test_all_errors_are_public() -> None:
    names = {
        name
        for name, error_type in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error_type, ionos_model_hub.ModelHubError)
    }
    assert names <= set(ionos_model_hub.__all__)
