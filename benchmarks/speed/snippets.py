"""Run the first lines of a user program in a new process and print its CPU and wall time.

    python -m benchmarks.speed.snippets import|answer SUBJECT URL DEPTH

`DEPTH` is the number of stack frames below the snippet; see `cases/fresh.py`. `first object ms` is
the CPU time of the first construction, and `sockets` the number of sockets that it opened.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Snippet:
    """Code that imports a package, makes an object and requests a response; `url` is in scope."""

    imports: str
    make: str = ""
    answer: str = ""


_OPENAI = "api_key='k', base_url=url"
_MESSAGES = "[{'role': 'user', 'content': 'Hi'}]"
_POST = f"httpx.Client().post(url + '/chat/completions', json={{'messages': {_MESSAGES}}})"
_TEXT = f"{_POST}.json()['choices'][0]['message']['content']"
_LANGCHAIN_BASELINE = f"""
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
class Model(BaseChatModel):
    _llm_type = "httpx"
    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        message = AIMessage({_TEXT})
        return ChatResult(generations=[ChatGeneration(message=message)])
model = Model()
"""
_LLAMA_INDEX_BASELINE = f"""
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback
class Model(CustomLLM):
    metadata = property(lambda self: LLMMetadata())
    @llm_completion_callback()
    def complete(self, prompt, formatted=False, **kwargs):
        return CompletionResponse(text={_TEXT})
    def stream_complete(self, *_, **__):
        raise NotImplementedError
model = Model()
"""

SNIPPETS = {
    "ours, LangChain": Snippet(
        "from langchain_ionos import ChatIONOS",
        f"model = ChatIONOS(model='m', {_OPENAI})",
        "model.invoke('Hi')",
    ),
    "langchain-openai": Snippet(
        "from langchain_openai import ChatOpenAI",
        f"model = ChatOpenAI(model='m', {_OPENAI})",
        "model.invoke('Hi')",
    ),
    "langchain-mistralai": Snippet(
        "from langchain_mistralai import ChatMistralAI",
        f"model = ChatMistralAI(model='m', {_OPENAI})",
        "model.invoke('Hi')",
    ),
    "LangChain + httpx": Snippet(
        "import httpx\nfrom langchain_core.language_models.chat_models import BaseChatModel",
        _LANGCHAIN_BASELINE,
        "model.invoke('Hi')",
    ),
    "ours, LlamaIndex": Snippet(
        "from llama_index_ionos import IONOS",
        "model = IONOS(model='m', api_key='k', api_base=url)",
        "model.complete('Hi')",
    ),
    "openai-like": Snippet(
        "from llama_index.llms.openai_like import OpenAILike",
        "model = OpenAILike(model='m', api_key='k', api_base=url, is_chat_model=True)",
        "model.complete('Hi')",
    ),
    "LlamaIndex + httpx": Snippet(
        "import httpx\nfrom llama_index.core.llms.function_calling import FunctionCallingLLM",
        _LLAMA_INDEX_BASELINE,
        "model.complete('Hi')",
    ),
    "ours, bare": Snippet(
        "from ionos_model_hub import Client",
        f"model = Client({_OPENAI})",
        f"model.chat({_MESSAGES}, model='m')",
    ),
    "openai SDK": Snippet(
        "from openai import OpenAI",
        f"model = OpenAI({_OPENAI})",
        f"model.chat.completions.create(model='m', messages={_MESSAGES})",
    ),
    "httpx": Snippet(
        "import httpx",
        "",
        f"{_POST}.json()",
    ),
}


def main(action: str, name: str, url: str) -> None:
    """Run one snippet."""
    snippet, scope = SNIPPETS[name], dict[str, Any](url=url)
    opened: list[str] = []
    sys.addaudithook(lambda event, _: opened.append(event) if event == "socket.__new__" else None)
    started, started_cpu = time.perf_counter(), time.process_time()
    exec(snippet.imports, scope)
    cpu, wall = time.process_time() - started_cpu, time.perf_counter() - started
    more: dict[str, float] = {}
    if snippet.make:
        opened.clear()
        make_started_cpu = time.process_time()
        exec(snippet.make, scope)
        more["first object ms"] = 1000 * (time.process_time() - make_started_cpu)
        more["sockets"] = len(opened)
    if action == "answer":
        exec(snippet.answer, scope)
        cpu, wall = time.process_time() - started_cpu, time.perf_counter() - started
    print(json.dumps({"cpu": cpu, "wall": wall, **more}))


def _run_at_depth(depth: int) -> None:
    if depth:
        _run_at_depth(depth - 1)
    else:
        main(*sys.argv[1:4])


if __name__ == "__main__":
    _run_at_depth(int(sys.argv[4]))
