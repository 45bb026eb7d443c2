"""Failures: what is retried, and what is raised."""

from __future__ import annotations

from typing import Any

from answers_of_a_hub import completion, hallo
from langchain_core import exceptions as lc
from peers import KEY, Peer
from scripted_server import Answer, ScriptedServer
from verdicts import raises, require, typed_or_partly

RETRY_AFTER = 5


def _refusal(status: int, message: str = "no", **headers: str) -> Answer:
    error = {"message": message, "type": "error", "code": str(status)}
    return Answer({"error": error}, status=status, headers=headers)


def _retried(status: int) -> Any:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(_refusal(status), hallo) as server:
            text = peer.chat(server.url, max_retries=2).invoke("Hi").text
            require(text == "Hallo", f"the text is {text!r}")
            return None

    return probe


def retry_after(peer: Peer) -> str | None:
    refusal = _refusal(429, **{"Retry-After": str(RETRY_AFTER)})
    with ScriptedServer(refusal, hallo) as server:
        peer.chat(server.url, max_retries=2).invoke("Hi")
        waited = server.got[1].at - server.got[0].at
    require(waited >= RETRY_AFTER, f"asked again after {waited:.1f} s, not {RETRY_AFTER}")
    return None


def mapped_errors(peer: Peer) -> str | None:
    wanted = {
        400: lc.ModelInvalidRequestError,
        401: lc.ModelAuthenticationError,
        403: lc.ModelPermissionDeniedError,
        404: lc.ModelNotFoundError,
        429: lc.ModelRateLimitError,
        500: lc.ModelAPIError,
    }
    for status, kind in wanted.items():
        with ScriptedServer(_refusal(status)) as server, raises(kind):
            peer.chat(server.url).invoke("Hi")
    return None


def mapped_errors_of_embeddings(peer: Peer) -> str | None:
    with ScriptedServer(_refusal(401)) as server, raises(lc.ModelAuthenticationError):
        peer.embeddings(server.url).embed_query("Hi")
    return None


def no_connection(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        url = server.url
    with raises(lc.ModelConnectionError):
        peer.chat(url).invoke("Hi")
    return None


def context_overflow(peer: Peer) -> str | None:
    told = (
        "This model's maximum context length is 131072 tokens. However, you requested 140000 "
        "tokens in the messages. Please reduce the length of the messages."
    )
    with ScriptedServer(_refusal(400, told)) as server, raises(lc.ContextOverflowError):
        peer.chat(server.url).invoke("Hi")
    return None


def context_overflow_of_newer_vllm(peer: Peer) -> str | None:
    told = (
        "You passed 131073 input tokens and requested 16 output tokens. However, the model's "
        "context length is only 131072 tokens."
    )
    with ScriptedServer(_refusal(400, told)) as server, raises(lc.ContextOverflowError):
        peer.chat(server.url).invoke("Hi")
    return None


def bodies_of_ionos(peer: Peer) -> str | None:
    body = {"httpStatus": 403, "messages": [{"errorCode": "paas-auth-1", "message": "No contract"}]}
    with ScriptedServer(Answer(body, status=403)) as server:
        try:
            peer.chat(server.url).invoke("Hi")
        except Exception as error:  # noqa: BLE001  # its kind is another row
            if "No contract" in str(getattr(error, "body", "")):
                return "only in the error's `body`"
            require("No contract" in str(error), f"told: {str(error)[:80]}")
            return None if getattr(error, "code", None) == "paas-auth-1" else "no error code"
    require(False, "nothing is raised")
    return None


def _odd_answer(answer: Answer) -> Any:
    def probe(peer: Peer) -> str | None:
        with ScriptedServer(answer) as server:
            return typed_or_partly(lambda: peer.chat(server.url).invoke("Hi").text)

    return probe


def key_with_a_line_break(peer: Peer) -> str | None:
    with ScriptedServer(hallo) as server:
        try:
            peer.chat(server.url, api_key=f"{KEY}\n").invoke("Hi")
        except Exception as error:  # noqa: BLE001  # any error is an answer here
            chain: BaseException | None = error
            while chain is not None:
                require(KEY not in f"{chain} {chain!r}", f"{type(chain).__name__} tells the key")
                chain = chain.__cause__ or chain.__context__
    return None


PROBES = {
    "retries 429": _retried(429),
    "retries 503": _retried(503),
    "honours Retry-After": retry_after,
    "HTTP errors are LangChain's ModelErrors": mapped_errors,
    "embeddings raise ModelErrors, too": mapped_errors_of_embeddings,
    "no connection is a ModelConnectionError": no_connection,
    "context overflow of vLLM recognised": context_overflow,
    "context overflow of newer vLLM recognised": context_overflow_of_newer_vllm,
    "IONOS's own error bodies read": bodies_of_ionos,
    "`choices: null` is a ModelError": _odd_answer(Answer({**completion().json, "choices": None})),
    "200 with an error body is a ModelError": _odd_answer(
        Answer({"error": {"message": "overloaded", "code": 500}})
    ),
    "200 that is no JSON is a ModelError": _odd_answer(Answer(body=b"<html>Login</html>")),
    "key with a line break is not told": key_with_a_line_break,
}
