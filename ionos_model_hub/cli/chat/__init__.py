"""`ionos-model-hub chat`: ask a model, once or in a session."""

import argparse


def run(options: argparse.Namespace) -> int:
    """Print an answer, or run a session; return the exit code."""
    # The options are read without loading the client.
    from ionos_model_hub.cli.chat.command import run as chat

    return chat(options)
