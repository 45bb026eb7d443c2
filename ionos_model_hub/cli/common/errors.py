"""Errors that end a command."""


class UsageError(Exception):
    """The command cannot run as it was called; nothing was sent and nothing was written."""


class RunStoppedError(Exception):
    """The run cannot continue; results that were committed are kept."""
