"""The command `ionos-model-hub`. No other part of the package imports it."""

from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Args:
        arguments: The arguments after the program name. Default: those of the process.
    """
    try:
        # Imported here, so that Ctrl-C during the imports does not print a traceback.
        from ionos_model_hub.cli.dispatch import dispatch

        return dispatch(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
