"""Conditions that select requests, for scripted replies and for assertions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from ionos_model_hub.emulator.endpoint_paths import ENDPOINT_PATHS, Endpoint
from ionos_model_hub.emulator.recorded import RecordedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Conditions of a request; those that are None are met by all requests.

    Attributes:
        endpoint: Name of the endpoint; by default all POST requests.
        model: Model that the request names.
        contains: Text in the last message, the prompt, the input, or the query and documents.
        fields: Fields of the body with their values; in objects, other members are ignored.
        when: Function that returns true for the request.

    Example:
        >>> print(RequestFilter(endpoint="chat", fields={"temperature": 0}))
        endpoint='chat', fields={'temperature': 0}
    """

    endpoint: Endpoint | None = None
    model: str | None = None
    contains: str | None = None
    fields: Mapping[str, Any] | None = None
    when: Callable[[RecordedRequest], bool] | None = None

    def __post_init__(self) -> None:
        names = get_args(Endpoint)
        if self.endpoint not in (None, *names):
            raise ValueError(f"endpoint must be one of {', '.join(names)}, got {self.endpoint!r}")

    def __str__(self) -> str:
        """Show the conditions."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return ", ".join(f"{n}={v!r}" for n, v in values if v is not None) or "method='POST'"

    def matches(self, request: RecordedRequest) -> bool:
        """Return whether a request meets all conditions."""
        return (
            self.matches_endpoint(request)
            and self.model in (None, request.model)
            and (self.contains is None or self.contains in request.text)
            and (self.fields is None or not list(differences(self.fields, request.json)))
            and (self.when is None or bool(self.when(request)))
        )

    def matches_endpoint(self, request: RecordedRequest) -> bool:
        """Return whether a request has the method and the endpoint."""
        if self.endpoint is None:
            return request.method == "POST"
        method = "GET" if self.endpoint == "models" else "POST"
        return (request.method, request.path) == (method, ENDPOINT_PATHS[self.endpoint])


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs from the expected one.

    Attributes:
        path: Its path in the body, such as `messages[0].content`.
        expected: The expected value.
        actual: The value, or None if it is missing.
        is_missing: Whether the body does not contain it.
    """

    path: str
    expected: Any
    actual: Any
    is_missing: bool = False


def differences(expected: object, actual: object, path: str = "") -> Iterator[Difference]:
    """Yield the differences between expected and actual JSON; further members are ignored."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name, value in expected.items():
            inner = f"{path}.{name}".removeprefix(".")
            if name in actual:
                yield from differences(value, actual[name], inner)
            else:
                yield Difference(inner, value, None, is_missing=True)
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        yield Difference(path or "body", expected, actual)
