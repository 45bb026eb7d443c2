"""Failures: retries and errors."""

from __future__ import annotations

from hub_responses import completion, say_hallo
from langchain_core import exceptions as lc
from peers import KEY, Peer
from scripted_server import Response, ScriptedServer
from verdicts import Probe, raises, require, typed_or_partly

RETRY_AFTER = 5


def _error(status: int, message: str = "no", **headers: str) -> Response:
    error = {"message": message, "type": "error", "code": str(status)}
    return Response({"error": error}, status=status, headers=headers)


def _retried(status: int) -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(_error(status), say_hallo) as server:
            text = peer.chat(server.url, max_retries=2).invoke("Hi").text
            require(text == "Hallo", f"the text is {text!r}")
            return None

    return probe


def retry_after(peer: Peer) -> str | None:
    refusal = _error(429, **{"Retry-After": str(RETRY_AFTER)})
    with ScriptedServer(refusal, say_hallo) as server:
        peer.chat(server.url, max_retries=2).invoke("Hi")
        waited = server.received[1].at - server.received[0].at
    require(waited >= RETRY_AFTER, f"retried after {waited:.1f} s instead of {RETRY_AFTER}")
    return None


def mapped_errors(peer: Peer) -> str | None:
    expected = {
        400: lc.ModelInvalidRequestError,
        401: lc.ModelAuthenticationError,
        403: lc.ModelPermissionDeniedError,
        404: lc.ModelNotFoundError,
        429: lc.ModelRateLimitError,
        500: lc.ModelAPIError,
    }
    for status, kind in expected.items():
        with ScriptedServer(_error(status)) as server, raises(kind):
            peer.chat(server.url).invoke("Hi")
    return None


def mapped_errors_of_embeddings(peer: Peer) -> str | None:
    with ScriptedServer(_error(401)) as server, raises(lc.ModelAuthenticationError):
        peer.embeddings(server.url).embed_query("Hi")
    return None


def no_connection(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        url = server.url
    with raises(lc.ModelConnectionError):
        peer.chat(url).invoke("Hi")
    return None


def _context_overflow(message: str) -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(_error(400, message)) as server, raises(lc.ContextOverflowError):
            peer.chat(server.url).invoke("Hi")
        return None

    return probe


def ionos_error_bodies(peer: Peer) -> str | None:
    body = {"httpStatus": 403, "messages": [{"errorCode": "paas-auth-1", "message": "No contract"}]}
    with ScriptedServer(Response(body, status=403)) as server:
        try:
            peer.chat(server.url).invoke("Hi")
        except Exception as error:  # noqa: BLE001  # the class is checked in another row
            if "No contract" in str(getattr(error, "body", "")):
                return "only in the error's `body`"
            require("No contract" in str(error), f"the error is {str(error)[:80]}")
            return None if getattr(error, "code", None) == "paas-auth-1" else "no error code"
    require(False, "nothing is raised")
    return None


def _invalid_response(response: Response) -> Probe:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(response) as server:
            return typed_or_partly(lambda: peer.chat(server.url).invoke("Hi").text)

    return probe


def malformed_key(peer: Peer) -> str | None:
    with ScriptedServer(say_hallo) as server:
        try:
            peer.chat(server.url, api_key=f"{KEY}\n").invoke("Hi")
        except Exception as error:  # noqa: BLE001  # any error is a result here
            chain: BaseException | None = error
            while chain is not None:
                require(KEY not in f"{chain} {chain!r}", f"{type(chain).__name__} contains the key")
                chain = chain.__cause__ or chain.__context__
    return None


PROBES = {
    "retries 429": _retried(429),
    "retries 503": _retried(503),
    "respects Retry-After": retry_after,
    "HTTP errors are LangChain's ModelErrors": mapped_errors,
    "embeddings raise ModelErrors": mapped_errors_of_embeddings,
    "no connection is a ModelConnectionError": no_connection,
    "vLLM's context overflow is recognised": _context_overflow(
        "This model's maximum context length is 131072 tokens. However, you requested 140000 "
        "tokens in the messages. Please reduce the length of the messages."
    ),
    "newer vLLM's context overflow is recognised": _context_overflow(
        "You passed 131073 input tokens and requested 16 output tokens. However, the model's "
        "context length is only 131072 tokens."
    ),
    "IONOS error bodies are parsed": ionos_error_bodies,
    "`choices: null` is a ModelError": _invalid_response(
        Response({**completion().json, "choices": None})
    ),
    "200 with an error body is a ModelError": _invalid_response(
        Response({"error": {"message": "overloaded", "code": 500}})
    ),
    "200 without JSON is a ModelError": _invalid_response(Response(body=b"<html>Login</html>")),
    "a malformed key is never echoed in errors": malformed_key,
}
