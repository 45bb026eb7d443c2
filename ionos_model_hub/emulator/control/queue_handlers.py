"""Handlers of the script and of the faults."""

from starlette.requests import Request
from starlette.responses import Response

from ionos_model_hub.emulator.control.json_views import error_response, json_response
from ionos_model_hub.emulator.errors import ApiError
from ionos_model_hub.emulator.request_body import read_body
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.script_file import ScriptError, parse_script
from ionos_model_hub.emulator.script_queue import ScriptQueue

MAX_SCRIPT_BYTES = 4 * 2**20
MAX_PENDING_REPLIES = 10_000


class QueueHandlers:
    """Handlers for one queue of replies.

    Args:
        queue: The queue.
    """

    def __init__(self, queue: ScriptQueue) -> None:
        self._queue = queue

    async def show(self, request: Request) -> Response:
        """Return the replies that are left, and the unexpected requests."""
        replies = [{"reply": repr(reply), "times": left} for reply, left in self._queue.pending]
        unexpected = [f"{r.method} {r.path}" for r in self._queue.unexpected]
        return json_response({"replies": replies, "unexpected": unexpected})

    async def append(self, request: Request) -> Response:
        """Append replies."""
        return await self._add(request, keep=True)

    async def replace(self, request: Request) -> Response:
        """Replace all replies."""
        return await self._add(request, keep=False)

    async def clear(self, request: Request) -> Response:
        """Remove all replies."""
        self._queue.clear()
        return json_response({"pending": 0})

    async def _add(self, request: Request, *, keep: bool) -> Response:
        try:
            replies = await _parse(request)
        except ApiError as error:
            return error_response(error.status, error.message)
        except ScriptError as error:
            return error_response(400, str(error))
        if len(replies) + (len(self._queue) if keep else 0) > MAX_PENDING_REPLIES:
            return error_response(400, f"A script has at most {MAX_PENDING_REPLIES:,} replies.")
        add = self._queue.extend if keep else self._queue.replace
        add(replies)
        return json_response({"added": len(replies), "pending": len(self._queue)})


async def _parse(request: Request) -> list[Reply]:
    """Return the replies in the body of a request.

    Raises:
        ApiError: The body is too long.
        ScriptError: It is not a valid script.
    """
    content = await read_body(request, MAX_SCRIPT_BYTES)
    if "yaml" in request.headers.get("content-type", ""):
        return parse_script(content, "the script", "yaml")
    try:
        return parse_script(content, "the script", "json")
    except ScriptError as error:
        if content.lstrip().startswith((b"[", b"{")):
            raise
        raise ScriptError(f"{error}. Set Content-Type: application/yaml for YAML.") from None
