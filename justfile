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
    {{bin}}/python -m pytest -n 4 {{arguments}}

# Fix lint errors where possible, and report the rest
lint:
    {{bin}}/ruff check --fix .
    {{bin}}/ruff format .

# Check the types
types:
    {{bin}}/mypy

# Run the checks of pre-commit, which are those of CI
check:
    {{bin}}/ruff check .
    {{bin}}/ruff format --check .
    {{bin}}/mypy
    {{bin}}/deptry .
    {{bin}}/vulture

# Build the documentation site and check its links
docs:
    {{bin}}/mkdocs build --strict
    {{bin}}/python docs/tools/check_site.py site

# Build the wheel and the sdist, and check their metadata
build:
    rm -rf dist
    {{bin}}/python -m build --outdir dist
    {{bin}}/twine check --strict dist/*

# Run everything that CI runs
ci:
    .ci/run

# Run the demo, without a token
demo:
    {{bin}}/ionos-model-hub demo
