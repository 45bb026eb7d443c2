"""Errors that LlamaIndex handles."""

from __future__ import annotations

from ionos_model_hub.errors import ResponseError


class InvalidOutputError(ResponseError, ValueError):
    """The output of the model differs from the requested form.

    LlamaIndex catches `ValueError` where it can continue without the output of one call: it leaves
    out the triplets of a node, or summarizes a table in plain text.
    """
