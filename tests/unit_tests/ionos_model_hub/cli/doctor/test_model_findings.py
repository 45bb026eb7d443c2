"""Findings about the models and the rate limit."""

from datetime import date

import pytest

from ionos_model_hub import catalogue
from ionos_model_hub.cli.doctor import model_findings
from ionos_model_hub.cli.doctor.findings import Status
from ionos_model_hub.settings import Settings

TODAY = date(2026, 9, 20)
ALL_MODELS = [model.id for model in catalogue.MODELS]


def test_models_that_match_the_catalogue() -> None:
    served = [model for model in ALL_MODELS if "405B" not in model]
    finding = model_findings.models(served, TODAY)
    assert finding.status is Status.OK
    assert finding.message.startswith(f"{len(served)} models are served.")
    assert "405B-Instruct-FP8 (since 2026-09-15; use openai/gpt-oss-120b)" in finding.message
    assert "3.1-8B-Instruct (from 2026-10-01" in finding.message
    assert "Not served" not in finding.message


def test_missing_and_new_models_are_named() -> None:
    served = [*(model for model in ALL_MODELS if "Coder" not in model), "new/model"]
    finding = model_findings.models(served, TODAY)
    assert finding.status is Status.WARNING
    missing = f"Not served, but in the catalogue of {catalogue.AS_OF}: Qwen/Qwen3-Coder-Next."
    assert missing in finding.message
    assert "Not in the catalogue: new/model." in finding.message


def test_default_model_that_is_not_served_is_an_error() -> None:
    served = [model for model in ALL_MODELS if model != catalogue.DEFAULT_EMBEDDING_MODEL]
    finding = model_findings.models(served, TODAY)
    assert finding.status is Status.ERROR
    assert finding.fix.endswith("the default: BAAI/bge-m3.")


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (ALL_MODELS, catalogue.DEFAULT_CHAT_MODEL),
        (["BAAI/bge-m3", "Qwen/Qwen3.5-9B"], "Qwen/Qwen3.5-9B"),
        (["BAAI/bge-m3", "new/model"], None),
        ([], None),
    ],
)
def test_trial_model(served: list[str], expected: str | None) -> None:
    assert model_findings.trial_model(served) == expected


def test_limits_from_response_headers() -> None:
    settings = Settings(api_key="k", base_url="https://example.com/v1")
    headers = {"x-trace-id": "1", "x-ratelimit-limit": "5", "x-ratelimit-remaining": "4"}
    message = model_findings.limits(headers, settings).message
    assert message.startswith("Response headers: x-ratelimit-limit 5, x-ratelimit-remaining 4.")
    assert message.endswith("This client sends 5 requests/s, 9 in a burst.")


def test_limits_without_headers() -> None:
    settings = Settings(api_key="k", base_url="http://localhost:8400/v1")
    finding = model_findings.limits({}, settings)
    assert finding.message == "No rate limit headers. Requests are not limited by this client."


def test_response_time() -> None:
    assert model_findings.response("m", 1.26).message == "m responded in 1.3 s."
