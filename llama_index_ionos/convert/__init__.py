"""Pure conversion between LlamaIndex types and API types."""
