"""Token buckets in Redis, for the processes of several machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ionos_model_hub.errors import ConfigurationError
from ionos_model_hub.policy.shared_bucket import Grant, Operation
from ionos_model_hub.policy.token_bucket import BucketLimits
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError

TIMEOUT = 1.0
"""Seconds for connecting and for each response; parameters of the URL take precedence."""

KEY_PREFIX = "ionos-model-hub:limit:"
MICROSECONDS = 1_000_000

# The operations of `policy/shared_bucket.py` in integer microseconds of the server's clock. Lua
# runs them in one round trip; a transaction would be retried whenever another process is faster.
SCRIPT = """
local interval, burst_time = tonumber(ARGV[1]), tonumber(ARGV[2])
local kind, amount = ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('HMGET', KEYS[1], 'full_at', 'paused_until', 'last_slot', 'stored_at')
local step = math.max(0, (tonumber(stored[4]) or now) - now)  -- The clock was set back.
local full_at = (tonumber(stored[1]) or 0) - step
local paused_until = (tonumber(stored[2]) or 0) - step
local last_slot = (tonumber(stored[3]) or 0) - step
local usable_at = now
if kind == 'reserve' then
    full_at = math.max(full_at, now) + amount * interval
    usable_at = math.max(now, full_at - interval - burst_time, paused_until)
elseif kind == 'refund' then
    full_at = math.max(now, paused_until + burst_time, full_at - amount * interval)
elseif kind == 'pause' then
    paused_until = math.max(paused_until, now + amount * 1000000)
    full_at = math.max(full_at, paused_until + burst_time)
else
    last_slot = math.max(last_slot + interval, now)
    usable_at = last_slot
end
local function text(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], 'full_at', text(full_at), 'paused_until', text(paused_until),
    'last_slot', text(last_slot), 'stored_at', text(now))
local unused_at = math.max(full_at, paused_until, last_slot + interval)
redis.call('PEXPIRE', KEYS[1], text((unused_at - now) / 1000 + 60000))
return {text(usable_at - now), text(math.max(0, paused_until - now))}
"""


class _Script(Protocol):
    def __call__(self, keys: Sequence[str], args: Sequence[float | str]) -> Sequence[bytes]: ...


class RedisStore:
    """Token buckets in Redis; a bucket that is full and not paused expires.

    Args:
        url: URL of the server.

    Raises:
        ConfigurationError: A parameter of the URL is invalid.
    """

    def __init__(self, url: str) -> None:
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_connect_timeout=TIMEOUT,
                socket_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 1),  # after a restart of the server
            )
            pool = self._client.connection_pool
            pool.make_connection()  # checks the parameters and does not connect
        except (ValueError, TypeError, redis.RedisError) as error:  # It names the parameter.
            raise ConfigurationError(
                f"The URL in shared_rate_limit is invalid: {error}", param="shared_rate_limit"
            ) from None
        self._password = str(pool.connection_kwargs.get("password") or "")
        self._script: _Script = self._client.register_script(SCRIPT)

    def run(self, name: str, limits: BucketLimits, operation: Operation) -> Grant:
        """Run an operation on a bucket; see `BucketStore`."""
        interval = MICROSECONDS / limits.per_second
        burst_time = (limits.burst - 1) * interval
        arguments = (interval, burst_time, operation.kind, operation.amount)
        try:
            wait, pause_left = map(int, self._script(keys=[KEY_PREFIX + name], args=arguments))
        except (redis.RedisError, OSError, ValueError) as error:  # ValueError: not two integers
            raise StoreUnavailableError(self._describe(error)) from None
        return Grant(wait / MICROSECONDS, pause_left / MICROSECONDS)

    def check(self) -> None:
        """Check that the server can be used; see `BucketStore`."""
        self.run("check", BucketLimits(1.0, 1), Operation("refund"))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _describe(self, error: Exception) -> str:
        text = f"{type(error).__name__}: {error}"
        return text.replace(self._password, "***") if self._password else text
