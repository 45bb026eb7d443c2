"""Find the recorded exchange with the response to a request."""

from collections import Counter
from collections.abc import Sequence

from ionos_model_hub.emulator.recording.files import RecordedExchange


class Playback:
    """Recorded exchanges, found by their request.

    Equal requests get their responses in the recorded order, then from the start again, so that a
    program can run several times.

    Args:
        exchanges: The recordings in their order.
    """

    def __init__(self, exchanges: Sequence[RecordedExchange]) -> None:
        self.exchanges = exchanges
        self._by_key: dict[str, list[RecordedExchange]] = {}
        for exchange in exchanges:
            self._by_key.setdefault(exchange.key, []).append(exchange)
        self._uses: Counter[str] = Counter()

    def take(self, key: str) -> RecordedExchange | None:
        """Return the next exchange with an equal request, or None if there is none."""
        matching = self._by_key.get(key)
        if matching is None:
            return None
        exchange = matching[self._uses[key] % len(matching)]
        self._uses[key] += 1
        return exchange
