"""The script in Redis gives the same results as the bucket in memory."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration_tests.ionos_model_hub.shared_limit.conftest import RedisServer

from ionos_model_hub.policy.shared_bucket import Grant, Operation, run_operation
from ionos_model_hub.policy.token_bucket import FULL, BucketLimits
from ionos_model_hub.transport.shared_limit.redis_store import KEY_PREFIX, RedisStore
from ionos_model_hub.transport.shared_limit.store import StoreUnavailableError

# A token takes 28 hours, so the time that passes between two operations does not matter.
SLOW = BucketLimits(0.00001, 3)
TOLERANCE = 1000.0

OPERATIONS = st.builds(
    Operation,
    st.sampled_from(["reserve", "reserve", "refund", "pause", "next_slot"]),
    st.integers(1, 4),
)


@pytest.fixture
def store(redis_server: RedisServer) -> Iterator[RedisStore]:
    store = RedisStore(redis_server.url)
    yield store
    store.close()


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_server.url) as client:
        yield client


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(OPERATIONS, max_size=20))
def test_operations_match_the_bucket_in_memory(
    store: RedisStore, client: "redis.Redis", operations: list[Operation]
) -> None:
    client.flushall()
    state = FULL
    for operation in operations:
        if operation.kind == "pause":
            operation = operation._replace(amount=100_000 * operation.amount)
        state, expected = run_operation(state, SLOW, operation, 1e9)
        assert store.run("bucket", SLOW, operation) == pytest.approx(expected, abs=TOLERANCE)


def test_burst_then_steady_rate(store: RedisStore) -> None:
    waits = [store.run("bucket", SLOW, Operation("reserve", 1)).wait for _ in range(5)]
    assert waits == pytest.approx([0, 0, 0, 100_000, 200_000], abs=TOLERANCE)


def test_infinite_rate_waits_only_for_pauses(store: RedisStore) -> None:
    unlimited = BucketLimits(float("inf"), 1)
    assert store.run("bucket", unlimited, Operation("reserve", 9)) == Grant(0.0, 0.0)
    store.run("bucket", unlimited, Operation("pause", 50_000))
    paused = store.run("bucket", unlimited, Operation("reserve", 9))
    assert paused == pytest.approx((50_000, 50_000), abs=TOLERANCE)


def test_clock_that_was_set_back_keeps_the_waits(store: RedisStore, client: "redis.Redis") -> None:
    for _ in range(4):
        store.run("bucket", SLOW, Operation("reserve", 1))
    key = f"{KEY_PREFIX}bucket"
    for field in ("full_at", "stored_at"):
        client.hincrbyfloat(key, field, 1e12)
    wait = store.run("bucket", SLOW, Operation("reserve", 1)).wait
    assert wait == pytest.approx(200_000, abs=TOLERANCE)


def test_bucket_expires_when_it_is_full(store: RedisStore, client: "redis.Redis") -> None:
    for _ in range(3):
        store.run("bucket", SLOW, Operation("reserve", 1))
    (key,) = client.keys("*")
    assert key.decode() == f"{KEY_PREFIX}bucket"
    assert client.ttl(key) == pytest.approx(300_060, abs=TOLERANCE)


def test_key_of_another_type_is_reported(store: RedisStore, client: "redis.Redis") -> None:
    client.set(f"{KEY_PREFIX}bucket", "text")
    with pytest.raises(StoreUnavailableError, match="WRONGTYPE"):
        store.run("bucket", SLOW, Operation("reserve", 1))


def test_script_is_loaded_again_if_it_was_flushed(store: RedisStore, client: "redis.Redis") -> None:
    store.check()
    client.script_flush()
    store.check()


def test_errors_do_not_contain_the_password(
    redis_server: RedisServer, client: "redis.Redis"
) -> None:
    client.config_set("requirepass", "another")
    url = redis_server.url.replace("redis://", "redis://:canary-password@")
    store = RedisStore(url)
    with pytest.raises(StoreUnavailableError, match="AuthenticationError") as caught:
        store.check()
    store.close()
    redis_server.stop()
    with pytest.raises(StoreUnavailableError, match="ConnectionError") as stopped:
        RedisStore(url).check()
    assert "canary" not in f"{caught.value} {stopped.value}"
