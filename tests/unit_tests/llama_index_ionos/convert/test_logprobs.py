from llama_index.core.base.llms.types import LogProb

from llama_index_ionos.convert.logprobs import logprobs_of


def test_none_were_asked_for() -> None:
    assert logprobs_of(None) is None
    assert logprobs_of({}) is None


def test_alternatives_stand_for_a_token() -> None:
    top = [{"token": "Ja", "logprob": -0.1, "bytes": [74]}, {"token": "Nein", "logprob": -2}]
    told = logprobs_of({"content": [{"token": "Ja", "logprob": -0.1, "top_logprobs": top}]})
    assert told == [
        [LogProb(token="Ja", logprob=-0.1, bytes=[74]), LogProb(token="Nein", logprob=-2)]
    ]


def test_without_alternatives_a_token_stands_for_itself() -> None:
    told = logprobs_of({"content": [{"token": "Ja", "logprob": -0.1, "bytes": None}]})
    assert told == [[LogProb(token="Ja", logprob=-0.1)]]


def test_the_completions_endpoint_has_a_shape_of_its_own() -> None:
    told = {"tokens": ["a", "b"], "token_logprobs": [-1.0, -2.0]}
    alone = [[LogProb(token="a", logprob=-1)], [LogProb(token="b", logprob=-2)]]
    assert logprobs_of(told) == alone
    assert logprobs_of({**told, "top_logprobs": [{"a": -1.0}, {"x": -3.0}]}) == [
        alone[0],
        [LogProb(token="x", logprob=-3)],
    ]
