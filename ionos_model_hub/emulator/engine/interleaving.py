"""The order of the chunks of several choices in a stream."""

from collections.abc import Iterable, Iterator

from ionos_model_hub.emulator.json_type import Json


def interleave(streams: Iterable[Iterator[Json]]) -> Iterator[Json]:
    """Yield the next item of each stream in turn until all streams have ended.

    Example:
        >>> list(interleave([iter([{"a": 1}, {"a": 2}]), iter([{"b": 1}])]))
        [{'a': 1}, {'b': 1}, {'a': 2}]
    """
    remaining = list(streams)
    while remaining:
        for stream in list(remaining):
            item = next(stream, None)
            if item is None:
                remaining.remove(stream)
            else:
                yield item
