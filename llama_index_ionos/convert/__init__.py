"""Pure translation between LlamaIndex's types and the API's."""
