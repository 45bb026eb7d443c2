"""The command `ionos-model-hub`. No other part of the package imports it."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ionos_model_hub.cli.parser import PROGRAM, create_parser
from ionos_model_hub.errors import ModelHubError

_FAILED = 1
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Args:
        arguments: The arguments after the program name. Default: those of the process.
    """
    options = create_parser().parse_args(arguments)
    try:
        # The module of a command is imported on use, because each command needs other extras.
        module = import_module(f"ionos_model_hub.cli.{options.name}")
        code: int = module.run(options)
        sys.stdout.flush()
    except ModelHubError as error:
        return _fail(str(error))
    except ImportError as error:
        if error.name is None:  # the message contains the pip command
            return _fail(str(error))
        return _fail(f"This command needs {error.name}: pip install 'ionos-model-hub[all]'")
    except BrokenPipeError:  # for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _fail(reason: str) -> int:
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return _FAILED
