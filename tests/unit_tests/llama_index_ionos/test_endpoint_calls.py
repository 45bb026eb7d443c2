from llama_index_ionos.endpoint_calls import merged_options


def test_later_layers_go_first_and_none_says_nothing() -> None:
    layers = {"temperature": 0.1, "seed": 1}, {"temperature": 0.2, "seed": None}, {"stop": None}
    assert merged_options(*layers) == {"temperature": 0.2, "seed": 1}


def test_zero_and_false_are_said() -> None:
    assert merged_options({"temperature": 0.5}, {"temperature": 0, "logprobs": False}) == {
        "temperature": 0,
        "logprobs": False,
    }


def test_a_later_token_limit_takes_the_place_of_both() -> None:
    first, second = {"max_tokens": 9}, {"max_completion_tokens": 5}
    assert merged_options(first, second) == second
    assert merged_options(second, first) == first
    assert merged_options({**first, **second}) == {**first, **second}
    assert merged_options(first, {"max_completion_tokens": None}) == first
