"""Recordings as files: one JSON file for each request."""

import json
import os
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter

from ionos_model_hub.emulator.json_type import Json
from ionos_model_hub.emulator.recording.content import restore, restore_event

VERSION = 1
_NUMBER_LISTS = re.compile(r"\[\n\s*((?:-?[\d.eE+-]+,?\s+)+)\]")
_NAME = re.compile(r"\d{4,}-.*-[0-9a-f]{8}\.json")
_HEADER = re.compile(r"[\w-]+: [ -~\xa0-\xff]*", re.ASCII)
_MAX_ENDPOINT = 40  # characters of the endpoint in the name of a file
_MAX_STATUS = 599


class RecordingError(ValueError):
    """A file is not a valid recording."""


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request with its response.

    Attributes:
        method: HTTP method.
        path: Path with the query string, if there is one.
        body: Content of the request, as described by `content.describe`, or None.
        status: HTTP status of the response.
        headers: Headers of the response.
        seconds: Seconds until the head of the response.
        content: Content of the response if it is not a stream.
        events: Events of a stream, each with `seconds` since the request.
        name: Name of the file.
    """

    method: str
    path: str
    body: Json | None
    status: int
    headers: dict[str, str]
    seconds: float
    content: Json | None
    events: tuple[Json, ...] = ()
    name: str = ""

    @property
    def key(self) -> str:
        """Identifies the request: equal requests have equal keys."""
        return request_key(self.method, self.path, self.body)

    def to_json(self) -> Json:
        """Return the content of the file."""
        request = {"method": self.method, "path": self.path, "body": self.body}
        response: Json = {"status": self.status, "headers": self.headers, "seconds": self.seconds}
        if self.content is not None:
            response["content"] = self.content
        else:
            response["events"] = list(self.events)
        return {"version": VERSION, "request": request, "response": response}

    @classmethod
    def from_json(cls, value: Any, name: str) -> Self:
        """Return the exchange in a file.

        Raises:
            RecordingError: The file has another format.
        """
        try:
            if value["version"] != VERSION:
                raise RecordingError(f"{name}: version must be {VERSION}, got {value['version']!r}")
            exchange = cls(**value["request"], **{"content": None, **value["response"]}, name=name)
            validated: Self = TypeAdapter(cls).validate_python(asdict(exchange))
            validated.check()
        except (LookupError, RecursionError, TypeError, AttributeError) as error:
            raise RecordingError(f"{name} is not a recording: {error!r}") from None
        except RecordingError:
            raise
        except ValueError as error:  # also of pydantic
            raise RecordingError(f"{name} is not a valid recording: {error}") from None
        return validated

    def check(self) -> None:
        """Check that the response can be sent.

        Raises:
            ValueError: A part of the response is not valid, as LookupError and TypeError.
        """
        if not 200 <= self.status <= _MAX_STATUS:
            raise ValueError(f"status must be between 200 and {_MAX_STATUS}, got {self.status}")
        for header, value in self.headers.items():
            if not _HEADER.fullmatch(f"{header}: {value}"):
                raise ValueError(f"the header {header!r} is not valid")
        if self.content is not None:
            restore(self.content)
        for event in self.events:
            restore_event(event)
            if not isinstance(event["seconds"], int | float):
                raise ValueError("seconds of an event must be a number")


def request_key(method: str, path: str, body: Json | None) -> str:
    """Return a text that is equal for equal requests; the order of JSON keys does not matter."""
    value = body.get("json", body) if body is not None else None
    return json.dumps([method, path, value], sort_keys=True)


def read_exchanges(directory: Path) -> list[RecordedExchange]:
    """Return the recordings in a directory in their order; none if it does not exist.

    Raises:
        RecordingError: A file is not a valid recording.
    """
    return [_read_exchange(path) for path in exchange_files(directory)]


def _read_exchange(path: Path) -> RecordedExchange:
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path.name} is not valid JSON: {error}") from None
    return RecordedExchange.from_json(value, path.name)


def exchange_files(directory: Path) -> list[Path]:
    """Return the files of the recordings in a directory, in their order."""
    paths = [path for path in directory.glob("*.json") if _NAME.fullmatch(path.name)]
    return sorted(filter(Path.is_file, paths), key=lambda path: int(path.name.split("-")[0]))


def is_writable(directory: Path) -> bool:
    """Return whether recordings can be written to a directory, which may not exist yet."""
    path = directory.absolute()
    existing = (each for each in (path, *path.parents) if each.exists())
    return os.access(next(existing, path), os.W_OK)  # On Windows, a drive may be missing.


def remove_exchanges(directory: Path) -> None:
    """Delete the recordings in a directory; other files are kept, even if their names match."""
    for path in exchange_files(directory):
        try:
            _read_exchange(path)
        except RecordingError:
            continue
        path.unlink()


def write_exchange(directory: Path, number: int, exchange: RecordedExchange) -> Path:
    """Write a recording; return its path, such as `0001-chat-completions-1f2e3d4c.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    endpoint = re.sub(r"\W+", "-", exchange.path.partition("?")[0].removeprefix("/v1/")).strip("-")
    endpoint = endpoint[:_MAX_ENDPOINT]
    digest = sha256(exchange.key.encode()).hexdigest()[:8]
    path = directory / f"{number:04}-{endpoint}-{digest}.json"
    path.write_text(format_exchange(exchange), "utf-8")
    return path


def format_exchange(exchange: RecordedExchange) -> str:
    """Return the text of a file: indented, with each event and each vector on one line."""
    value = exchange.to_json()
    events = value["response"].pop("events", None)
    text = json.dumps(value, ensure_ascii=False, indent=2)
    text = _NUMBER_LISTS.sub(lambda match: f"[{' '.join(match[1].split())}]", text)
    if events is not None:
        lines = ",\n".join(f"      {json.dumps(event, ensure_ascii=False)}" for event in events)
        text = text.removesuffix("\n  }\n}") + f',\n    "events": [\n{lines}\n    ]\n  }}\n}}'
    return text + "\n"
