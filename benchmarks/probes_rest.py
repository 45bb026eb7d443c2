"""Embeddings and other features."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

from hub_responses import HEAD, USAGE, vectors
from langchain_core.documents import BaseDocumentCompressor
from langchain_core.embeddings import Embeddings
from langchain_core.exceptions import ModelError
from langchain_core.tools import BaseTool
from peers import NotOfferedError, Peer
from probes_objects import after_all_arrived, run_concurrently
from scripted_server import Json, Response, ScriptedServer
from verdicts import Probe, require

TEXTS = ["a", "bb", "ccc", "dddd"]
IN_ORDER = [1.0, 2.0, 3.0, 4.0]


def _lengths(vectors: list[list[float]]) -> list[float]:
    return [vector[0] for vector in vectors]


def sorted_by_index(peer: Peer) -> str | None:
    with ScriptedServer(lambda body: vectors(body, shuffle=True)) as server:
        result = _lengths(peer.embeddings(server.url).embed_documents(TEXTS))
    require(result == IN_ORDER, "vectors are assigned to the wrong texts")
    return None


def counted(peer: Peer) -> str | None:
    with ScriptedServer(lambda body: vectors(body, drop=1)) as server:
        embeddings = peer.embeddings(server.url)
        try:
            result = embeddings.embed_documents(TEXTS)
        except ModelError:
            return None
        except Exception as error:  # noqa: BLE001  # any error is a result here
            return f"{type(error).__name__}, not a ModelError"
    require(False, f"{len(result)} vectors for {len(TEXTS)} texts, without an error")
    return None


def plain_text_and_floats(peer: Peer) -> str | None:
    with ScriptedServer(vectors) as server:
        embeddings = peer.embeddings(server.url)
        if _requests_floats(embeddings, server):
            return None
        options = {"model_kwargs": {"encoding_format": "float"}}
        require("model_kwargs" in type(embeddings).model_fields, "requests base64")  # type: ignore[attr-defined]  # all are pydantic models
        require(
            _requests_floats(peer.embeddings(server.url, **options), server),
            "still requests base64",
        )
        return "only with check_embedding_ctx_length=False and model_kwargs"


def _requests_floats(embeddings: Embeddings, server: ScriptedServer) -> bool:
    embeddings.embed_documents(TEXTS)
    sent = server.body
    require(all(isinstance(each, str) for each in sent["input"]), "sends token arrays")
    return sent.get("encoding_format") != "base64"


def empty_text(peer: Peer) -> str | None:
    with ScriptedServer(vectors) as server:
        peer.embeddings(server.url).embed_documents(["a", "", "c"])
        sent = server.body["input"]
    require("" not in sent, "sends it, and the hub rejects the batch")
    return None


def works_offline_by_default(peer: Peer) -> str | None:
    usual = {"check_embedding_ctx_length": True} if peer.name == "openai" else {}
    with ScriptedServer(vectors) as server:
        peer.embeddings(server.url, **usual).embed_documents(TEXTS)
    return None


def async_embeddings(peer: Peer) -> str | None:
    with ScriptedServer(after_all_arrived(vectors)) as server:
        embeddings = peer.embeddings(server.url)
        run_concurrently(lambda: embeddings.aembed_documents(TEXTS))
    return None


def embeddings_on_three_loops(peer: Peer) -> str | None:
    with ScriptedServer(vectors) as server:
        embeddings = peer.embeddings(server.url)
        for _ in range(3):
            asyncio.run(embeddings.aembed_query("a"))
    return None


def concurrent_batches(peer: Peer) -> str | None:
    small: Any = {"ionos": {"batch_size": 2}, "openai": {"chunk_size": 2}}.get(peer.name, {})
    texts = TEXTS if small else TEXTS * 5_000
    if _overlap(lambda url: peer.embeddings(url, **small).embed_documents(texts)):
        return None
    alone = _overlap(lambda url: asyncio.run(peer.embeddings(url, **small).aembed_documents(texts)))
    require(alone, "one request at a time")
    return "only in async calls"


def _overlap(embed: Callable[[str], object]) -> bool:
    """Return whether two requests are in flight at the same time."""
    both = Barrier(2)

    def respond(body: Json) -> Response:
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return vectors(body)

    with ScriptedServer(respond) as server:
        embed(server.url)
        return len(server.received) > 1 and not both.broken


def _public_classes(peer: Peer, kind: type) -> list[str]:
    """Return the names of the public classes of this kind."""
    return [
        name
        for name in peer.module.__all__
        if inspect.isclass(each := getattr(peer.module, name)) and issubclass(each, kind)
    ]


def _offers(kind: type, what: str) -> Probe:
    def probe(peer: Peer) -> str | None:
        require(_public_classes(peer, kind), f"no {what}")
        return None

    return probe


def edits_images(peer: Peer) -> str | None:
    require([name for name in _public_classes(peer, BaseTool) if "Edit" in name], "no tool")
    return None


def shares_rate_limit(peer: Peer) -> str | None:
    fields = type(peer.chat("http://127.0.0.1:1/v1")).model_fields
    require("shared_rate_limit" in fields, "no such setting")
    return None


def completions_streamed(peer: Peer) -> str | None:
    if peer.make_llm is None:
        raise NotOfferedError
    pieces = [
        {
            **HEAD,
            "object": "text_completion",
            "choices": [{"index": 0, "text": part, "finish_reason": end}],
        }
        for part, end in (("Hal", None), ("lo", "stop"))
    ]
    complete = {
        **HEAD,
        "object": "text_completion",
        "choices": [{"index": 0, "text": "Hallo", "finish_reason": "stop"}],
        "usage": USAGE,
    }

    def respond(body: Json) -> Response:
        return Response(events=pieces) if body.get("stream") else Response(complete)

    with ScriptedServer(respond) as server:
        seen = [piece for piece in peer.make_llm(server.url).stream("Hi") if piece]
    require("".join(seen) == "Hallo", f"the text is {seen}")
    return None if len(seen) > 1 else "in one chunk"


def lists_models(peer: Peer) -> str | None:
    names = [*peer.module.__all__, *dir(type(peer.chat("http://127.0.0.1:1/v1")))]
    names_in_use = {"list_models", "get_available_models", "available_models"}
    require(names_in_use & set(names), "no such function")
    return None


PROBES = {
    "completions, streamed": completions_streamed,
    "embeddings": _offers(Embeddings, "embeddings"),
    "embeddings are sorted by index": sorted_by_index,
    "missing vectors are a ModelError": counted,
    "embeddings are sent as text and requested as floats": plain_text_and_floats,
    "an empty text does not break a batch": empty_text,
    "embeddings work offline by default": works_offline_by_default,
    "concurrent batches": concurrent_batches,
    "async embeddings need no threads": async_embeddings,
    "async embeddings with asyncio.run three times": embeddings_on_three_loops,
    "reranking": _offers(BaseDocumentCompressor, "document compressor"),
    "image tool": _offers(BaseTool, "tool"),
    "image edits": edits_images,
    "list of served models": lists_models,
    "rate limit shared by processes": shares_rate_limit,
}
