"""Forecasts at scale by worker processes of a Dask cluster, of which one may die."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.scale import FailedPartitionsError
from tests.support.parquet import QUANTILES, forecast, in_order, monthly, shuffled
from tests.support.sharing import small

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

NUM_WORKERS = 2
SECONDS_BEFORE_A_HANG = 120
LABELS = list(range(240))
ROWS_PER_PARTITION = 300
NUM_PARTITIONS = len(LABELS) * 30 // ROWS_PER_PARTITION


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=NUM_WORKERS, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "rows.parquet"
    shuffled(monthly(LABELS).astype({"series": int})).to_parquet(file, row_group_size=500)
    return file


def num_written(target: Path) -> int:
    return len(list(target.glob("part-*.parquet")))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_worker_that_is_killed_changes_nothing(
    client: Any, checkpoint: Path, source: Path, tmp_path: Path
) -> None:
    # Of many paths, so that the worker does not finish before it is killed.
    options: dict[str, Any] = {
        "forecaster": small(checkpoint, num_samples=60),
        "rows_per_partition": ROWS_PER_PARTITION,
    }
    target, killed = tmp_path / "cluster", []
    workers = list(client.run(os.getpid).values())

    def kill_half_way() -> None:
        give_up = time.monotonic() + SECONDS_BEFORE_A_HANG
        while num_written(target) < NUM_PARTITIONS // 2 and time.monotonic() < give_up:
            time.sleep(0.005)
        killed.append(num_written(target))
        os.kill(workers[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_half_way)
    killer.start()
    found = forecast(checkpoint, source, target, client=client, **options)
    killer.join()
    assert NUM_PARTITIONS // 2 <= killed[0] < NUM_PARTITIONS
    assert num_written(target) == NUM_PARTITIONS
    client.wait_for_workers(NUM_WORKERS)
    assert workers[0] not in client.run(os.getpid).values()
    expected = forecast(checkpoint, source, tmp_path / "alone", **options)
    assert found["series"].nunique() == len(LABELS)
    # This process may have another number of threads, which changes rounding.
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)


def count_new_networks() -> None:
    """Let a worker count the networks that it builds from now on."""
    build = LagLlama.__init__

    def build_and_count(network: LagLlama, *arguments: Any) -> None:
        LagLlama.num_built += 1  # type: ignore[attr-defined]
        build(network, *arguments)

    LagLlama.num_built = 0  # type: ignore[attr-defined]
    LagLlama.__init__ = build_and_count  # type: ignore[method-assign, assignment]


def num_new_networks() -> int:
    return LagLlama.num_built  # type: ignore[attr-defined]


def test_each_worker_gets_the_weights_once(
    client: Any, checkpoint: Path, source: Path, tmp_path: Path
) -> None:
    client.run(count_new_networks)
    forecast(
        checkpoint,
        source,
        tmp_path / "forecasts",
        client=client,
        rows_per_partition=ROWS_PER_PARTITION,
    )
    counts = client.run(num_new_networks).values()
    # Who receives it builds what was sent, and from it what is on the device.
    assert len(counts) == NUM_WORKERS
    assert all(1 <= count <= 2 for count in counts)


def test_a_failing_partition_is_named_and_the_others_are_kept(
    client: Any, checkpoint: Path, source: Path, tmp_path: Path
) -> None:
    rows = pd.read_parquet(source)
    rows.loc[rows["series"] == 17, "value"] = np.inf
    rows.to_parquet(source)
    target = tmp_path / "cluster"
    options = {"client": client, "rows_per_partition": ROWS_PER_PARTITION, "retries": 1}
    with pytest.raises(FailedPartitionsError, match="series 17 has the value inf") as raised:
        forecast(checkpoint, source, target, **options)
    assert len(raised.value.failures) == 1
    assert num_written(target) == NUM_PARTITIONS - 1
    expected = forecast(checkpoint, write_without(rows, 17, tmp_path), tmp_path / "alone")
    found = in_order(target)
    expected = expected[expected["series"].isin(found["series"])].reset_index(drop=True)
    np.testing.assert_allclose(found[QUANTILES], expected[QUANTILES], rtol=1e-4)


def write_without(rows: pd.DataFrame, label: int, folder: Path) -> Path:
    rows[rows["series"] != label].to_parquet(folder / "others.parquet")
    return folder / "others.parquet"


def test_a_device_that_workers_lack_is_an_error_at_once(
    client: Any, checkpoint: Path, source: Path, tmp_path: Path
) -> None:
    forecaster = small(checkpoint, device="cuda:99")
    with pytest.raises(ValueError, match="cuda"):
        forecast(checkpoint, source, tmp_path / "t", forecaster=forecaster, client=client)
