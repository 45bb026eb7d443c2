"""Deltas start out empty and compare by value."""

from ionos_model_hub.wire.response_types import Delta, ToolCallDelta


def test_a_delta_starts_out_empty() -> None:
    assert Delta() == Delta(0, "", "", (), "", None, None)
    assert ToolCallDelta(3) == ToolCallDelta(3, "", "", "")


def test_deltas_compare_by_value() -> None:
    call = ToolCallDelta(0, "a", "add", "{}")
    assert Delta(text="a", tool_calls=(call,)) == Delta(text="a", tool_calls=(call,))
    assert Delta(text="a") != Delta(text="b")
    assert Delta(text="a") != Delta(reasoning="a")
