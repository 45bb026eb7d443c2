"""Notices about inputs."""

from ionos_model_hub.cli.common.notices import Notices


def test_files_with_the_same_notice_are_grouped() -> None:
    notices = Notices()
    for number in range(5):
        notices.add("Skipped", f"{number}.pdf")
        notices.add("Skipped", f"{number}.pdf")
    notices.add("Without a file")
    assert notices.take() == ["Skipped: 0.pdf, 1.pdf, 2.pdf and 2 more", "Without a file"]


def test_each_notice_is_returned_once() -> None:
    notices = Notices()
    notices.add("Skipped", "a.pdf")
    assert notices.take() == ["Skipped: a.pdf"]
    notices.add("Skipped", "a.pdf")
    notices.add("Skipped", "b.pdf")
    assert notices.take() == ["Skipped: b.pdf"]
