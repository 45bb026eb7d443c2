"""Records as text and as flat dicts, and their costs."""

import json
from dataclasses import FrozenInstanceError, replace

import pytest

from ionos_model_hub import Usage, estimate_cost
from ionos_model_hub.telemetry import CallRecord, catalogue_cost

MODEL = "openai/gpt-oss-120b"
RECORD = CallRecord(
    endpoint="/chat/completions",
    base_url="http://localhost:8400/v1",
    model=MODEL,
    started_at=1_790_000_000.0,
    duration=1.5,
    outcome="success",
    attempts=1,
    status=200,
    request_id="1c44",
    usage=Usage(10, 20, 30, reasoning_tokens=5),
    finish_reasons=("stop",),
)


def test_record_is_immutable() -> None:
    with pytest.raises(FrozenInstanceError):
        RECORD.model = "other"  # type: ignore[misc]
    assert not hasattr(RECORD, "__dict__")


def test_dict_is_flat_json() -> None:
    fields = RECORD.to_dict()
    assert json.loads(json.dumps(fields)) == fields
    assert fields["prompt_tokens"] == 10
    assert fields["reasoning_tokens"] == 5
    assert fields["cached_tokens"] is None
    assert fields["finish_reasons"] == ["stop"]
    assert "usage" not in fields


def test_dict_has_the_same_names_without_usage() -> None:
    fields = replace(RECORD, usage=None).to_dict()
    assert fields.keys() == RECORD.to_dict().keys()
    assert fields["prompt_tokens"] is None


def test_text() -> None:
    assert str(RECORD) == (
        f"/chat/completions {MODEL}: success, 1.500 s, 1 attempt, 10 + 20 tokens, status 200, "
        "trace id 1c44"
    )


def test_text_of_a_failed_stream() -> None:
    failed = replace(
        RECORD,
        outcome="error",
        streamed=True,
        time_to_first_token=0.25,
        attempts=2,
        rate_limit_wait=0.5,
        usage=None,
        cost=0.0012,
        error_type="IncompleteStreamError",
    )
    assert str(failed) == (
        f"/chat/completions {MODEL}: error, 1.500 s, first token after 0.250 s, 2 attempts, "
        "0.500 s waiting for the rate limit, cost 0.0012, status 200, trace id 1c44, "
        "IncompleteStreamError"
    )


def test_text_without_model() -> None:
    assert str(replace(RECORD, endpoint="/models", model=None)).startswith("/models: success")


def test_catalogue_cost_of_tokens() -> None:
    assert catalogue_cost(RECORD) == estimate_cost(MODEL, input_tokens=10, output_tokens=20)


def test_catalogue_cost_of_images() -> None:
    model = "black-forest-labs/FLUX.2-klein-4B"
    generated = replace(RECORD, model=model, usage=None, images=2)
    assert catalogue_cost(generated) == estimate_cost(model, images=2)
    assert catalogue_cost(replace(generated, outcome="error")) is None


@pytest.mark.parametrize(
    "changes", [{"model": None}, {"model": "unknown"}, {"usage": None}], ids=str
)
def test_unknown_cost_is_none(changes: dict[str, None]) -> None:
    assert catalogue_cost(replace(RECORD, **changes)) is None
