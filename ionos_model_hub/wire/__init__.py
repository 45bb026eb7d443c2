"""The API on the wire, without any I/O: build requests, read answers."""
