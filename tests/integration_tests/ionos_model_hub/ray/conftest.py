"""A local Ray cluster for the tests of this folder: two CPUs, no dashboard, a small store."""

import gc
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import ray
from ray.data import ActorPoolStrategy, DataContext, from_items

KEY = "the-key-of-the-workers"
WORKERS = 2

Job = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The folder of a running cluster's logs; its workers have a key in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IONOS_API_KEY", KEY)
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        with deaf_to_rays_own_leaks():
            node = ray.init(
                num_cpus=2,
                include_dashboard=False,
                object_store_memory=100 * 1024**2,
                logging_level=logging.ERROR,
                log_to_driver=False,
            )
        DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    yield Path(node.address_info["session_dir"])
    with deaf_to_rays_own_leaks():
        ray.shutdown()


@contextmanager
def deaf_to_rays_own_leaks() -> Iterator[None]:
    """Older releases forget the handles of the processes that they start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture
def run_job(cluster: Path) -> Job:
    """Send rows through one of our classes in two workers, and return what comes out."""

    def run(kind: type, rows: list[dict[str, Any]], **arguments: Any) -> pa.Table:
        dataset = from_items(rows, override_num_blocks=2 * WORKERS).map_batches(
            kind,
            fn_constructor_kwargs=arguments,
            batch_format="pyarrow",
            batch_size=16,
            compute=ActorPoolStrategy(size=WORKERS),
            num_cpus=0.5,
        )
        return pa.concat_tables([ray.get(block) for block in dataset.materialize().to_arrow_refs()])

    return run
