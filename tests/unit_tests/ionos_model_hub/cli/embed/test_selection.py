"""Texts that are embedded, skipped or rejected, and their batches."""

from collections.abc import Iterator

import pytest

from ionos_model_hub.cli.embed.records import Reject, Row, TextPart, text_digest
from ionos_model_hub.cli.embed.resume_index import ResumeIndex
from ionos_model_hub.cli.embed.selection import Pause, Selector, make_batches


class PickySink:
    """A sink that rejects one text."""

    def rejection_reason(self, part: TextPart) -> str | None:
        return "not here" if part.text == "objectionable" else None


@pytest.fixture
def index() -> Iterator[ResumeIndex]:
    with ResumeIndex() as opened:
        yield opened


def row(id_: str, text: str, bytes_read: int = 0, kept: tuple[object, ...] = ()) -> Row:
    return Row(id_, text, "a.jsonl", 1, bytes_read, kept)


def selector(index: ResumeIndex, **options: object) -> Selector:
    return Selector("m", index, PickySink(), **options)  # type: ignore[arg-type]


def test_changed_texts_and_other_models_are_embedded_again(index: ResumeIndex) -> None:
    index.add_vectors([("a", 0, text_digest("m", "one")), ("b", 0, text_digest("other", "two"))])
    selecting = selector(index)
    selected = list(selecting.select([row("a", "one"), row("b", "two"), row("c", "three")]))
    assert selected[0] is None
    assert [each.text for each in selected if isinstance(each, TextPart)] == ["two", "three"]
    assert selecting.unchanged == 1


def test_changed_kept_values_are_embedded_again(index: ResumeIndex) -> None:
    index.add_vectors([("a", 0, text_digest("m", "one", ("Ada",)))])
    assert list(selector(index).select([row("a", "one", kept=("Ada",))])) == [None]
    with ResumeIndex() as later:
        later.add_vectors([("a", 0, text_digest("m", "one", ("Ada",)))])
        (changed,) = selector(later).select([row("a", "one", kept=("Bob",))])
    assert isinstance(changed, TextPart)


def test_repeated_id_is_rejected(index: ResumeIndex) -> None:
    first, second = selector(index).select([row("a", "one"), row("a", "two")])
    assert isinstance(first, TextPart)
    assert second == Reject("a.jsonl", 1, "the id occurred before", "a")


def test_rejects_of_reader_and_sink(index: ResumeIndex) -> None:
    broken = Reject("a.jsonl", 2, "broken")
    selected = list(selector(index).select([broken, row("a", "objectionable")]))
    assert selected == [broken, Reject("a.jsonl", 1, "not here", "a")]


def test_long_texts_are_split_and_known_by_part(index: ResumeIndex) -> None:
    text = "one two. three four. five six. "
    parts = list(selector(index, limit=8, split_long=True).select([row("a", text, 99)]))
    first = parts[0]
    assert all(isinstance(part, TextPart) for part in parts)
    assert len(parts) > 1
    assert isinstance(first, TextPart)
    assert first.bytes_read == 99 - (len(text) - len(first.text))
    assert first.reject("bad").part == 0
    with ResumeIndex() as later:
        later.add_vectors([("a", 0, first.digest), ("a", 9, b"gone")])
        again = list(selector(later, limit=8, split_long=True).select([row("a", text)]))
        assert again[0] is None
        assert len(again) == len(parts)
        assert list(later.stale_parts()) == [("a", 9)]


def test_text_that_may_be_too_long_has_its_own_request(index: ResumeIndex) -> None:
    rows = [row("a", "x"), row("b", "word " * 50), row("c", "y")]
    batches = list(make_batches(selector(index, limit=20).select(rows)))
    assert [[part.row.id for part in batch] for batch in batches if isinstance(batch, list)] == [
        ["b"],
        ["a", "c"],
    ]


def test_batches_are_limited_by_texts_and_characters(index: ResumeIndex) -> None:
    rows = [row(str(number), "12345") for number in range(10)]
    parts = list(selector(index).select(rows))
    sizes = [len(batch) for batch in make_batches(parts, 4) if isinstance(batch, list)]
    assert sizes == [4, 4, 2]
    sizes = [len(batch) for batch in make_batches(parts, 64, 12) if isinstance(batch, list)]
    assert sizes == [2] * 5


def test_pauses_between_many_rows_and_without_input(index: ResumeIndex) -> None:
    assert list(make_batches([None] * 2500)) == [Pause.MANY_ROWS] * 2
    selected = list(selector(index).select([None, row("a", "x"), None]))
    batches = list(make_batches(selected))
    assert batches[:2] == [Pause.NO_INPUT] * 2
    assert isinstance(batches[2], list)
