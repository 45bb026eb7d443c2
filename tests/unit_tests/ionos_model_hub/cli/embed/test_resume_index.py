"""The index of vectors in the output and of rows that were read."""

from ionos_model_hub.cli.embed.resume_index import ResumeIndex


def test_later_file_replaces_an_earlier_one() -> None:
    with ResumeIndex() as index:
        index.add_vectors([("a", 0, b"old"), ("b", 0, b"b")], file=1)
        index.add_vectors([("a", 0, b"new")], file=2)
        assert not index.contains("a", 0, b"old")
        assert index.contains("a", 0, b"new")
        assert not index.is_current("a", 0, 1)
        assert index.is_current("a", 0, 2)
        assert index.current_counts() == {1: 1, 2: 1}


def test_parts_that_a_row_no_longer_has_are_stale() -> None:
    with ResumeIndex() as index:
        index.add_vectors([("a", part, b"") for part in range(4)] + [("b", 7, b"")], file=1)
        assert index.add_row("a", 2)
        assert not index.add_row("a", 3)
        assert list(index.stale_parts()) == [("a", 2), ("a", 3)]
        assert [index.is_current("a", part, 1) for part in range(4)] == [True, True, False, False]
        assert index.current_counts() == {1: 3}


def test_similar_ids_are_different() -> None:
    ids = ["a", "A", "a\0", "a\0b", "ä", "a\u0308", " a", "1", "01"]
    with ResumeIndex() as index:
        assert all(index.add_row(id_, 1) for id_ in ids)
        index.add_vectors((id_, 0, id_.encode()) for id_ in ids)
        assert all(index.contains(id_, 0, id_.encode()) for id_ in ids)
