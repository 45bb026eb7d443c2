"""A local Ray cluster for the tests of this folder: two CPUs, no dashboard, a small store."""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = "the-key-of-the-workers"
SETUP = {
    "IONOS_API_KEY": KEY,
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

Map = Callable[..., Any]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The folder of a running cluster's logs; its workers have a key in their environment."""
    before = {name: os.environ.get(name) for name in SETUP}
    os.environ.update(SETUP)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        import ray.data

        node = ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=100 * 1024**2,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
        context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    yield Path(node.address_info["session_dir"])
    ray.shutdown()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def mapped(cluster: Path) -> Map:
    """Send rows through one of our classes in two workers, and return them as a table."""
    import pyarrow as pa
    from ray.data import ActorPoolStrategy, from_items

    def run(kind: type, rows: list[dict[str, Any]], blocks: int = 4, **arguments: Any) -> pa.Table:
        options = {"batch_size": 16, "batch_format": "pyarrow", **arguments.pop("ray", {})}
        dataset = from_items(rows, override_num_blocks=blocks).map_batches(
            kind,
            fn_constructor_kwargs=arguments,
            compute=ActorPoolStrategy(size=2),
            num_cpus=0.5,
            **options,
        )
        refs = dataset.to_arrow_refs()
        import ray

        return pa.concat_tables([ray.get(ref) for ref in refs])

    return run
