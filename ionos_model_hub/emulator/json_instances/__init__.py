"""JSON instances of JSON Schemas, with values taken from a text."""
