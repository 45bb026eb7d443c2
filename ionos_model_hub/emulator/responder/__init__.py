"""Rule-based model: writes the text and the tool calls of the default responses."""
