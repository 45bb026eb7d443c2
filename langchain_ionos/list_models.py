"""List the models that are currently served."""

from __future__ import annotations

from typing_extensions import Unpack

from ionos_model_hub.client_pair import Clients
from ionos_model_hub.settings import SettingsOptions, check_option_names
from ionos_model_hub.wire.response_types import ListedModel
from langchain_ionos.errors import langchain_errors


def list_models(**options: Unpack[SettingsOptions]) -> list[ListedModel]:
    """Return the models that are currently served.

    Args:
        **options: Connection fields, as for `ChatIONOS`.

    Raises:
        langchain_core.exceptions.ModelError: The call failed; it is a `ModelHubError` as well.

    Example:
        >>> from ionos_model_hub.emulator import Emulator
        >>> with Emulator() as hub:
        ...     ids = [model.id for model in list_models(api_key="any", base_url=hub.base_url)]
        >>> "BAAI/bge-m3" in ids
        True
    """
    with langchain_errors():
        check_option_names(list_models, options)
        clients = Clients(agent="langchain-ionos", **options)
        try:
            return clients.sync.models()
        finally:
            clients.close()


async def alist_models(**options: Unpack[SettingsOptions]) -> list[ListedModel]:
    """Return the models that are currently served; see `list_models`."""
    with langchain_errors():
        check_option_names(alist_models, options)
        clients = Clients(agent="langchain-ionos", **options)
        try:
            return await clients.aio.models()
        finally:
            await clients.aclose()
