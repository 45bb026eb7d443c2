"""Fuzz one target with atheris; further arguments are passed to libFuzzer."""

import sys
from importlib import import_module

import atheris

PACKAGES = ["ionos_model_hub", "langchain_ionos", "llama_index_ionos"]


def main(name: str, *arguments: str) -> None:
    with atheris.instrument_imports(include=PACKAGES):
        target = import_module(f"fuzz.targets.{name}")
    atheris.Setup([sys.argv[0], *arguments], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
