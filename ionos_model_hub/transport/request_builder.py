"""Build HTTP requests from the settings of a client and the options of a call."""

from collections.abc import Mapping
from urllib.parse import urlencode

from ionos_model_hub.credentials import Key
from ionos_model_hub.policy.deadline import MAX_TIMEOUT, CallTimer
from ionos_model_hub.settings import USER_AGENT, Settings
from ionos_model_hub.transport.http.messages import OutgoingRequest
from ionos_model_hub.wire.call_options import NO_OPTIONS, CallOptions


class RequestBuilder:
    """Builds the requests of one client.

    Args:
        settings: Base URL, headers, query parameters and timeouts.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._query_string = _encode_query(settings.default_query)
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            **{name.lower(): value for name, value in settings.default_headers.items()},
        }

    def build(
        self, path: str, content: bytes | None, options: CallOptions, key: Key, timer: CallTimer
    ) -> OutgoingRequest:
        """Return a request.

        Args:
            path: Path below the base URL.
            content: The body, or None for a GET request.
            options: Options of the call, which take precedence over the settings.
            key: The API key.
            timer: Time limits of the call.
        """
        settings, headers, query_string = self._settings, self._headers, self._query_string
        connect_timeout = settings.connect_timeout
        if options is not NO_OPTIONS:
            headers = {**headers, **options.headers}
            query_string = _encode_query({**settings.default_query, **options.query})
            connect_timeout = options.connect_timeout or connect_timeout
        return OutgoingRequest(
            url=settings.url + path + query_string,
            authorization=lambda: f"Bearer {key.get_secret_value()}",
            headers=headers,
            content=content,
            head_timeout=timer.head_timeout,
            read_timeout=timer.read_timeout,
            connect_timeout=min(connect_timeout, max(timer.seconds_left(), 0), MAX_TIMEOUT),
            allow_resend=settings.max_retries > 0,
        )


def _encode_query(parameters: Mapping[str, str]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
