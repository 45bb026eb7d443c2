"""Recordings as files: one JSON file for each request."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from ionos_model_hub.emulator.json_type import Json

VERSION = 1
_NUMBER_LISTS = re.compile(r"\[\n\s*((?:-?[\d.eE+-]+,?\s+)+)\]")
_PATTERN = "[0-9][0-9][0-9][0-9]*-*.json"


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
            request, response = value["request"], value["response"]
            return cls(
                method=request["method"],
                path=request["path"],
                body=request["body"],
                status=response["status"],
                headers=response["headers"],
                seconds=response["seconds"],
                content=response.get("content"),
                events=tuple(response.get("events", ())),
                name=name,
            )
        except (KeyError, TypeError) as error:
            raise RecordingError(f"{name} is not a recording: {error!r}") from None


def request_key(method: str, path: str, body: Json | None) -> str:
    """Return a text that is equal for equal requests; the order of JSON keys does not matter."""
    value = body.get("json", body) if body is not None else None
    return json.dumps([method, path, value], sort_keys=True)


def read_exchanges(directory: Path) -> list[RecordedExchange]:
    """Return the recordings in a directory in their order; none if it does not exist.

    Raises:
        RecordingError: A file is not a valid recording.
    """
    exchanges = []
    for path in exchange_files(directory):
        try:
            value = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise RecordingError(f"{path.name} is not valid JSON: {error}") from None
        exchanges.append(RecordedExchange.from_json(value, path.name))
    return exchanges


def exchange_files(directory: Path) -> list[Path]:
    """Return the files of the recordings in a directory, in their order."""
    return sorted(directory.glob(_PATTERN), key=lambda path: int(path.name.split("-")[0]))


def write_exchange(directory: Path, number: int, exchange: RecordedExchange) -> Path:
    """Write a recording; return its path, such as `0001-chat-completions-1f2e3d4c.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    endpoint = re.sub(r"\W+", "-", exchange.path.partition("?")[0].removeprefix("/v1/")).strip("-")
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
