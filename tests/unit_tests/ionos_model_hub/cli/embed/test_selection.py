"""What is embedded, what is passed over, and how it is put into batches."""

from collections.abc import Iterator

import pytest

from ionos_model_hub.cli.embed.records import Piece, Reject, Row, digest_of
from ionos_model_hub.cli.embed.resume_index import Ledger
from ionos_model_hub.cli.embed.selection import Chooser, batches


class Anything:
    """A sink that objects to one text."""

    name = "memory"
    dimensions = None

    def objection(self, piece: Piece) -> str | None:
        return "not here" if piece.text == "objectionable" else None


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger() as found:
        yield found


def row(id_: str, text: str, reached: int = 0) -> Row:
    return Row(id_, text, "a.jsonl", 1, reached)


def chooser(ledger: Ledger, **options: object) -> Chooser:
    return Chooser("m", ledger, Anything(), **options)  # type: ignore[arg-type]


def test_changed_texts_and_other_models_are_embedded_again(ledger: Ledger) -> None:
    ledger.keep([("a", 0, digest_of("m", "one")), ("b", 0, digest_of("other", "two"))])
    choosing = chooser(ledger)
    found = list(choosing.choose([row("a", "one"), row("b", "two"), row("c", "three")]))
    assert found[0] is None
    assert [each.text for each in found if isinstance(each, Piece)] == ["two", "three"]
    assert choosing.unchanged == 1


def test_an_id_that_comes_twice_is_rejected(ledger: Ledger) -> None:
    first, second = chooser(ledger).choose([row("a", "one"), row("a", "two")])
    assert isinstance(first, Piece)
    assert second == Reject("a.jsonl", 1, "the id was there before", "a")


def test_rejects_pass_and_the_sink_is_asked(ledger: Ledger) -> None:
    broken = Reject("a.jsonl", 2, "broken")
    found = list(chooser(ledger).choose([broken, row("a", "objectionable")]))
    assert found == [broken, Reject("a.jsonl", 1, "not here", "a")]


def test_long_texts_are_cut_and_known_part_by_part(ledger: Ledger) -> None:
    text = "one two. three four. five six. "
    (first, *_) = pieces = list(chooser(ledger, limit=8, splits=True).choose([row("a", text, 99)]))
    assert all(isinstance(piece, Piece) for piece in pieces)
    assert len(pieces) > 1
    assert isinstance(first, Piece)
    assert first.reached == 99 - (len(text) - len(first.text))
    with Ledger() as later:
        later.keep([("a", 0, first.digest), ("a", 9, b"gone")])
        again = list(chooser(later, limit=8, splits=True).choose([row("a", text)]))
        assert again[0] is None
        assert len(again) == len(pieces)
        assert list(later.surplus()) == [("a", 9)]


def test_a_text_that_may_be_too_long_travels_alone(ledger: Ledger) -> None:
    rows = [row("a", "x"), row("b", "word " * 50), row("c", "y")]
    found = list(batches(chooser(ledger, limit=20).choose(rows)))
    assert [[piece.row.id for piece in batch] for batch in found if isinstance(batch, list)] == [
        ["b"],
        ["a", "c"],
    ]


def test_batches_are_bounded_by_texts_and_characters(ledger: Ledger) -> None:
    rows = [row(str(number), "12345") for number in range(10)]
    pieces = list(chooser(ledger).choose(rows))
    assert [len(batch) for batch in batches(pieces, 4) if isinstance(batch, list)] == [4, 4, 2]
    assert [len(batch) for batch in batches(pieces, 64, 12) if isinstance(batch, list)] == [2] * 5


def test_others_get_their_turn_while_nothing_is_to_do() -> None:
    assert [batch for batch in batches([None] * 2500) if batch == []] == [[], []]
