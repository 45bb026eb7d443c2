"""Scripted output of the model in chat and text completions."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ionos_model_hub.emulator.engine.output_parser import OutputFormat
from ionos_model_hub.emulator.engine.parsed import FunctionCall
from ionos_model_hub.emulator.engine.tokens import Generation, generate
from ionos_model_hub.emulator.script import Reply
from ionos_model_hub.emulator.text import tokens


def scripted_format(output_format: OutputFormat, reply: Reply) -> OutputFormat:
    """Return the format of a scripted message, which has reasoning only if it is scripted."""
    if reply.generated is not None:
        return output_format
    has_reasoning = reply.reasoning is not None
    counts = output_format.counts_reasoning or has_reasoning
    return replace(output_format, reasons=has_reasoning, counts_reasoning=counts)


def scripted_outputs(
    output_format: OutputFormat, reply: Reply, count: int
) -> Iterator[Sequence[str]]:
    """Yield the scripted tokens of each choice."""
    if reply.generated is not None:
        yield from (reply.generated[index % len(reply.generated)] for index in range(count))
        return
    calls = [FunctionCall(call.name, call.arguments) for call in reply.tool_calls]
    pieces = scripted_pieces(reply)
    text = "".join(pieces)
    written = output_format.render_exactly(reply.reasoning or "", calls, text)
    generated = tokens(written)
    if text and not isinstance(reply.text, str):
        before, _, after = written.rpartition(text)
        generated = [*tokens(before), *pieces, *tokens(after)]
    yield from (generated for _ in range(count))


def scripted_pieces(reply: Reply) -> list[str]:
    """Return the pieces in which the scripted text of a message is generated."""
    if reply.structured is not None:
        return tokens(json.dumps(reply.structured, ensure_ascii=False))
    if reply.text is None or isinstance(reply.text, str):
        return tokens(reply.text or reply.refusal or "")
    return [piece for piece in reply.text if piece]


def generate_choices(
    outputs: Iterable[Sequence[str]], stops: Sequence[str], limit: int | None, reply: Reply | None
) -> tuple[Generation, ...]:
    """Return the generated tokens of each choice.

    Args:
        outputs: Tokens that the model would generate for each choice.
        stops: Stop sequences.
        limit: Largest number of tokens of a choice, or None.
        reply: Scripted output; the finish reason `length` cuts it off at its end.
    """
    return tuple(
        generate(pieces, stops, _scripted_limit(pieces, limit, reply)) for pieces in outputs
    )


def _scripted_limit(pieces: Sequence[str], limit: int | None, reply: Reply | None) -> int | None:
    if reply is None or reply.finish_reason != "length":
        return limit
    return len(pieces) if limit is None else min(limit, len(pieces))
