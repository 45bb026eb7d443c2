"""Behaviour of vLLM: request checks, limits, output parsers and response formats."""
