from llama_index_ionos.requests import merge_options


def test_later_layers_take_precedence_and_none_is_unset() -> None:
    layers = {"temperature": 0.1, "seed": 1}, {"temperature": 0.2, "seed": None}, {"stop": None}
    assert merge_options(*layers) == {"temperature": 0.2, "seed": 1}


def test_zero_and_false_are_set() -> None:
    assert merge_options({"temperature": 0.5}, {"temperature": 0, "logprobs": False}) == {
        "temperature": 0,
        "logprobs": False,
    }


def test_later_token_limit_replaces_its_synonym() -> None:
    first, second = {"max_tokens": 9}, {"max_completion_tokens": 5}
    assert merge_options(first, second) == second
    assert merge_options(second, first) == first
    assert merge_options({**first, **second}) == {**first, **second}
    assert merge_options(first, {"max_completion_tokens": None}) == first
