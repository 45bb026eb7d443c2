"""What is there and what was met."""

from ionos_model_hub.cli.embed.resume_index import Ledger


def test_a_later_file_replaces_an_earlier_one() -> None:
    with Ledger() as ledger:
        ledger.keep([("a", 0, b"old"), ("b", 0, b"b")], file=1)
        ledger.keep([("a", 0, b"new")], file=2)
        assert not ledger.has("a", 0, b"old")
        assert ledger.has("a", 0, b"new")
        assert not ledger.is_current("a", 0, 1)
        assert ledger.is_current("a", 0, 2)
        assert ledger.current() == {1: 1, 2: 1}


def test_parts_beyond_those_of_a_row_that_was_met_are_surplus() -> None:
    with Ledger() as ledger:
        ledger.keep([("a", part, b"") for part in range(4)] + [("b", 7, b"")], file=1)
        assert ledger.meet("a", 2)
        assert not ledger.meet("a", 3)
        assert list(ledger.surplus()) == [("a", 2), ("a", 3)]
        assert [ledger.is_current("a", part, 1) for part in range(4)] == [True, True, False, False]
        assert ledger.current() == {1: 3}


def test_odd_ids_are_kept_apart() -> None:
    ids = ["a", "A", "a\0", "a\0b", "ä", "a\u0308", " a", "1", "01"]
    with Ledger() as ledger:
        assert all(ledger.meet(each, 1) for each in ids)
        ledger.keep((each, 0, each.encode()) for each in ids)
        assert all(ledger.has(each, 0, each.encode()) for each in ids)
