"""JSON values that satisfy a JSON Schema, taken from a text where possible."""
