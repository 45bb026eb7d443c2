"""The settings `on_call`, `prices` and `telemetry`: checks, copies and pickles."""

import copy
import pickle
from functools import partial
from typing import Any

import cloudpickle
import pytest

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.settings import Settings
from ionos_model_hub.telemetry import CallRecord, OpenTelemetry, catalogue_cost
from langchain_ionos import ChatIONOS, IONOSEmbeddings
from llama_index_ionos import IONOS, IONOSEmbedding

SECRET = "hidden-in-closure"
MODELS = [ChatIONOS, IONOSEmbeddings, IONOS, IONOSEmbedding]
each_model = pytest.mark.parametrize("model_type", MODELS)


class Collector:
    """Stores records; has a method and can be called."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.secret = SECRET

    def __call__(self, record: CallRecord) -> None:
        self.records.append(record)

    def add(self, record: CallRecord) -> None:
        self.records.append(record)


def hook(record: CallRecord) -> None:
    """Do nothing. A hook that can be pickled."""


async def async_hook(record: CallRecord) -> None: ...


class AsyncCollector:
    async def __call__(self, record: CallRecord) -> None: ...


@pytest.mark.parametrize("name", ["on_call", "prices"])
@pytest.mark.parametrize(
    "value",
    [async_hook, partial(async_hook), AsyncCollector()],
    ids=["function", "partial", "object"],
)
def test_coroutine_functions_are_rejected(name: str, value: object) -> None:
    options: Any = {name: value}
    with pytest.raises(ConfigurationError, match=f"{name} must be a synchronous function") as error:
        Settings(api_key="any", **options)
    assert error.value.param == name


def test_class_instead_of_a_tracer_is_rejected() -> None:
    tracer: Any = OpenTelemetry
    with pytest.raises(ConfigurationError, match="got type") as error:
        Settings(api_key="any", telemetry=tracer)
    assert error.value.hint == "Pass ionos_model_hub.telemetry.OpenTelemetry()."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("on_call", "on_call must be a function, got str."),
        ("prices", "prices must be a function, got str."),
        ("telemetry", "telemetry must be an OpenTelemetry object, got str."),
    ],
)
def test_values_of_other_types_are_rejected(name: str, message: str) -> None:
    options: Any = {name: "text"}
    with pytest.raises(ConfigurationError, match=message):
        Settings(api_key="any", **options)


@each_model
def test_deep_copies_share_hooks(model_type: type[Any]) -> None:
    collector, telemetry = Collector(), OpenTelemetry()
    model = model_type(
        api_key="any", on_call=collector.add, prices=catalogue_cost, telemetry=telemetry
    )
    copied = copy.deepcopy(model)
    assert copied.on_call.__self__ is collector
    assert copied.telemetry is telemetry
    assert copied.prices is catalogue_cost


def test_deep_copies_of_clients_share_hooks() -> None:
    collector = Collector()
    copied = copy.deepcopy(Clients(api_key="any", on_call=collector))
    assert copied.settings.on_call is collector


@each_model
def test_pickles_keep_functions(model_type: type[Any]) -> None:
    model = model_type(
        api_key="any", on_call=hook, prices=catalogue_cost, telemetry=OpenTelemetry(spans=False)
    )
    copied = pickle.loads(pickle.dumps(model))
    assert copied.on_call is hook
    assert copied.prices is catalogue_cost
    assert isinstance(copied.telemetry, OpenTelemetry)
    assert copied.telemetry._options["spans"] is False


@each_model
def test_hook_that_cannot_be_pickled_is_an_error(model_type: type[Any]) -> None:
    model = model_type(api_key="any", on_call=lambda record: None)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(model)


@each_model
def test_cloudpickle_keeps_lambdas(model_type: type[Any]) -> None:
    model = model_type(api_key="any", on_call=lambda record: "called")
    copied = pickle.loads(cloudpickle.dumps(model))
    assert copied.on_call(None) == "called"


@each_model
def test_hooks_are_left_out_of_representations_and_dumps(model_type: type[Any]) -> None:
    model = model_type(api_key="any", on_call=Collector(), telemetry=OpenTelemetry())
    texts = [repr(model), repr(model.model_dump()), model.model_dump_json()]
    if hasattr(model, "to_json"):
        texts.append(repr(model.to_json()))
    assert not [text for text in texts if "Collector" in text or "OpenTelemetry" in text]


@pytest.mark.parametrize("model_type", [Settings, IONOSEmbeddings, IONOSEmbedding])
def test_hooks_are_left_out_of_the_json_schema(model_type: type[Any]) -> None:
    properties = model_type.model_json_schema()["properties"]
    assert not {"on_call", "prices", "telemetry"} & properties.keys()


@each_model
def test_changed_hook_applies_to_the_next_call(model_type: type[Any]) -> None:
    model = model_type(api_key="any")
    assert model.clients.settings.on_call is None
    model.on_call = hook
    assert model.clients.settings.on_call is hook
