"""Requests that were not recorded are compared with the nearest recording."""

from ionos_model_hub.emulator.recording.differences import describe_differences, explain_unrecorded
from ionos_model_hub.emulator.recording.files import RecordedExchange

PATH = "/v1/chat/completions"


def recorded(name: str, body: object, path: str = PATH) -> RecordedExchange:
    return RecordedExchange("POST", path, {"json": body}, 200, {}, 0.1, {"json": {}}, name=name)


def test_differences_name_the_path_and_both_values() -> None:
    one = {"model": "a", "messages": [{"content": "x" * 100 + "old"}], "n": 1}
    other = {"model": "a", "messages": [{"content": "x" * 100 + "new"}, {}], "seed": 2}
    start = "…" + "x" * 30
    assert list(describe_differences(one, other)) == [
        f"messages[0].content: recorded '{start}old', got '{start}new'",
        "messages[1]: not recorded, got {}",
        "n: recorded 1, missing",
        "seed: not recorded, got 2",
    ]


def test_explanation_names_the_nearest_recording() -> None:
    exchanges = [
        recorded("0001.json", {"model": "a", "stream": True, "messages": []}),
        recorded("0002.json", {"model": "b", "messages": []}),
        recorded("0003.json", {"model": "c", "messages": []}, "/v1/embeddings"),
    ]
    message = explain_unrecorded("POST", PATH, {"model": "c", "messages": []}, exchanges)
    assert message.splitlines()[0].endswith("Differences to 0002.json:")
    assert message.splitlines()[1:] == ["- model: recorded 'b', got 'c'"]


def test_explanation_without_a_recording_of_the_path() -> None:
    message = explain_unrecorded("POST", "/v1/rerank", {}, [recorded("0001.json", {})])
    assert message.endswith("POST /v1/rerank. No request to this path was recorded.")


def test_long_lists_of_differences_are_cut() -> None:
    body = {f"field{number}": number for number in range(20)}
    lines = explain_unrecorded("POST", PATH, body, [recorded("0001.json", {})]).splitlines()
    assert lines[-1] == "- and 12 more"
