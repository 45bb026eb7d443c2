"""Pure translation between LangChain's types and the API's."""
