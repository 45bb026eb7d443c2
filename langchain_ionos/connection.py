"""Base class of the models in this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AliasChoices, ConfigDict, Field

from ionos_model_hub.connection_fields import ConnectionMixin
from ionos_model_hub.errors import ConfigurationError
from langchain_ionos.errors import IONOSConfigurationError

if TYPE_CHECKING:
    from ionos_model_hub.credentials import KeySource
    from ionos_model_hub.wire.request_types import Timeout

ModelId = Annotated[str, Field(validation_alias=AliasChoices("model", "model_name"))]


class Connection(ConnectionMixin):
    """Connection fields and clients of a model.

    Inherit it after LangChain's own classes, whose `model_post_init` must come first.

    Raises:
        IONOSConfigurationError: An argument is unknown, missing or invalid; `param` names it.
    """

    model_config = ConfigDict(defer_build=False)

    user_agent: ClassVar[str] = "langchain-ionos"
    configuration_error: ClassVar[type[ConfigurationError]] = IONOSConfigurationError
    argument_aliases: ClassVar[Mapping[str, str]] = {
        "ionos_api_key": "api_key",
        "ionos_base_url": "base_url",
        "request_timeout": "timeout",
    }

    left_out_of_repr: ClassVar[frozenset[str]] = frozenset({"metadata", "profile"})

    if TYPE_CHECKING:  # further names of arguments, which are not attributes
        model_name: InitVar[str] = Field(default="")
        request_timeout: InitVar[Timeout] = Field(default=0)
        ionos_api_key: InitVar[KeySource | None] = Field(default=None)
        ionos_base_url: InitVar[str | None] = Field(default=None)
