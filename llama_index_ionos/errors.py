"""Errors that LlamaIndex handles."""

from __future__ import annotations

from ionos_model_hub.errors import ResponseError


class InvalidOutputError(ResponseError, ValueError):
    """The model's output is not what was requested.

    LlamaIndex catches `ValueError` where it can continue without the output of one call, for
    example to leave out the triplets of a node, or to summarize a table in plain text.
    """
