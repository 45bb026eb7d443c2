"""A local Ray cluster for the tests of this folder: two CPUs, no dashboard, a small store."""

import gc
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")

import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, DataContext, Dataset, from_items

KEY = "the-key-of-the-workers"
WORKERS = 2

Job = Callable[..., pa.Table]
MapRows = Callable[..., Dataset]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """The log folder of a running cluster, whose workers have a key in their environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IONOS_API_KEY", KEY)
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        with ignoring_leaks_of_ray():
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
    with ignoring_leaks_of_ray():
        ray.shutdown()


@contextmanager
def ignoring_leaks_of_ray() -> Iterator[None]:
    """Older releases of Ray do not close the handles of the processes that they start."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture
def map_rows(cluster: Path) -> MapRows:
    """Return a function that maps rows with one of our classes in two workers."""

    def map_rows(kind: type, rows: list[dict[str, Any]], **arguments: Any) -> Dataset:
        return (
            from_items(rows, override_num_blocks=2 * WORKERS)
            .map_batches(
                kind,
                fn_constructor_kwargs=arguments,
                batch_format="pyarrow",
                batch_size=16,
                compute=ActorPoolStrategy(size=WORKERS),
                num_cpus=0.5,
            )
            .materialize()
        )

    return map_rows


@pytest.fixture
def run_job(map_rows: MapRows) -> Job:
    """Return a function that maps rows and returns a table."""

    def run(kind: type, rows: list[dict[str, Any]], **arguments: Any) -> pa.Table:
        dataset = map_rows(kind, rows, **arguments)
        return pa.concat_tables([ray.get(block) for block in dataset.to_arrow_refs()])

    return run
