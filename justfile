# Short names for the usual commands; `just` lists them.

bin := ".venv/bin"

_default:
    @just --list

# Create the environment and install everything
install:
    python3 -m venv .venv
    {{bin}}/python -m pip install --quiet -e ".[dev]"

# Run the tests; arguments go to pytest
test *arguments:
    {{bin}}/python -m pytest -n auto {{arguments}}

# Fix lint errors where possible, and report the rest
lint:
    {{bin}}/ruff check --fix .
    {{bin}}/ruff format .

# Check the types
types:
    {{bin}}/mypy

# Run the demo, without a token
demo:
    {{bin}}/ionos-model-hub demo
