"""Rate limits that processes share through a file or Redis.

The libraries for rate limits (`limits`, `pyrate-limiter`, `throttled-py`) only accept or reject a
request, so calls that wait would poll in no particular order. Here they reserve tokens for later,
as in one process. `sqlite3` and Redis make an operation on a bucket atomic.
"""
