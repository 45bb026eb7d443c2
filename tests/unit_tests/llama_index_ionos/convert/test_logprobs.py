from llama_index.core.base.llms.types import LogProb

from llama_index_ionos.convert.logprobs import to_logprobs


def test_no_logprobs() -> None:
    assert to_logprobs(None) is None
    assert to_logprobs({}) is None


def test_alternatives_replace_the_token() -> None:
    top = [{"token": "Ja", "logprob": -0.1, "bytes": [74]}, {"token": "Nein", "logprob": -2}]
    result = to_logprobs({"content": [{"token": "Ja", "logprob": -0.1, "top_logprobs": top}]})
    assert result == [
        [LogProb(token="Ja", logprob=-0.1, bytes=[74]), LogProb(token="Nein", logprob=-2)]
    ]


def test_token_without_alternatives() -> None:
    result = to_logprobs({"content": [{"token": "Ja", "logprob": -0.1, "bytes": None}]})
    assert result == [[LogProb(token="Ja", logprob=-0.1)]]


def test_completions_endpoint_format() -> None:
    logprobs = {"tokens": ["a", "b"], "token_logprobs": [-1.0, -2.0]}
    alone = [[LogProb(token="a", logprob=-1)], [LogProb(token="b", logprob=-2)]]
    assert to_logprobs(logprobs) == alone
    assert to_logprobs({**logprobs, "top_logprobs": [{"a": -1.0}, {"x": -3.0}]}) == [
        alone[0],
        [LogProb(token="x", logprob=-3)],
    ]
