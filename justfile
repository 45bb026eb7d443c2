# Short names for the usual commands; `just` lists them.

bin := ".venv/bin"

_default:
    @just --list

# Make the environment and install everything
install:
    python3 -m venv .venv
    {{bin}}/python -m pip install --quiet -e ".[dev]"

# Run the tests; arguments go to pytest
test *arguments:
    {{bin}}/python -m pytest {{arguments}}

# Mend what can be mended, and tell the rest
lint:
    {{bin}}/ruff check --fix .
    {{bin}}/ruff format .

# Check the types
types:
    {{bin}}/mypy

# Show what the packages do, without a token
demo:
    {{bin}}/ionos-model-hub demo
