"""Sources of responses other than the script and the rules."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from ionos_model_hub.emulator.config import ServerConfig
from ionos_model_hub.emulator.recorded import RecordedRequest

SOURCE_HEADER = "x-emulator-source"
"""Header that names the source of a response if the emulator has more than one."""


class Backend(Protocol):
    """Responds to requests that passed authentication and rate limit and have no scripted reply."""

    async def respond(
        self, request: RecordedRequest, content: bytes, client: Request, config: ServerConfig
    ) -> Response | None:
        """Return the response, or None for a rule-based one.

        Args:
            request: The request, with its parsed body.
            content: Its unparsed body.
            client: The request as received; used to forward headers and to notice a disconnect.
            config: Configuration of the server.

        Raises:
            ApiError: The request is invalid, or the response is an error.
        """
        ...

    def start(self) -> None:
        """Do everything that takes long before the first request."""

    def close(self) -> None:
        """Release processes and files."""
