"""Log records about calls, with fields for JSON formatters."""

from __future__ import annotations

import logging
from collections.abc import Mapping

logger = logging.getLogger("ionos_model_hub")

_CALLER = 2
"""The level of the stack that the records name as their origin."""


def log_debug(message: str, *args: object, fields: Mapping[str, object]) -> None:
    """Log at DEBUG, with fields as attributes of the log record.

    Fields are left out if the application's factory for log records sets attributes of the same
    names; `logging` raises an exception for those.
    """
    try:
        logger.debug(message, *args, extra=fields, stacklevel=_CALLER)
    except KeyError:
        names = fields.keys() - vars(logging.makeLogRecord({}))
        extra = {name: fields[name] for name in names}
        logger.debug(message, *args, extra=extra, stacklevel=_CALLER)
