"""Run calls: rate limit, send, retry, stream; for synchronous and asynchronous callers."""
