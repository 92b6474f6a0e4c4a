"""Parquet files of series -> parquet files of their quantiles, in one process."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sktime_lagllama import FineTuning, LagLlamaForecaster
from sktime_lagllama.scale import (
    FailedPartitionsError,
    split,
)
from sktime_lagllama.scale.parquet import SCRATCH
from tests.support.models import SMALL, random_model
from tests.support.parquet import (
    LEVELS,
    QUANTILES,
    STEPS,
    alone,
    forecast,
    in_order,
    monthly,
    panel_of,
    shuffled,
)
from tests.support.sharing import small

LABELS = [f"shop {number}" for number in range(12)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twelve monthly series, their rows in any order, in row groups of a few rows."""
    file = tmp_path / "sales.parquet"
    shuffled(monthly(LABELS)).to_parquet(file, row_group_size=50)
    return file


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "forecasts"


def months_of(rows: pd.DataFrame, label: Any) -> pd.Series:
    y = rows[rows["series"] == label].set_index("time")["value"].sort_index()
    return y.asfreq("MS")


def test_each_series_has_the_forecasts_that_it_has_alone(
    checkpoint: Path, source: Path, target: Path
) -> None:
    found = forecast(checkpoint, source, target, rows_per_partition=100)
    assert len(list(target.glob("part-*.parquet"))) == 4
    assert found.columns.tolist() == ["series", "time", "point", *QUANTILES]
    rows = pd.read_parquet(source)
    assert found["series"].unique().tolist() == sorted(LABELS)
    for label, forecasts in found.groupby("series"):
        expected = alone(checkpoint, months_of(rows, label), label)
        assert (forecasts["time"].array == expected.index).all()
        np.testing.assert_allclose(forecasts[QUANTILES], expected, rtol=1e-4)
        np.testing.assert_array_equal(forecasts["point"], forecasts["q0.5"])


def test_series_below_a_day_have_all_the_days_that_they_have_alone(
    source: Path, target: Path
) -> None:
    """Their daily subseries reach far further back than the steps of the series themselves do."""
    network = random_model(replace(SMALL, subseries=True, context_length_below_a_month=10))
    times = pd.date_range("2024-01-01", periods=24 * 28, freq="h")
    values = np.random.default_rng(0).gamma(2.0, 50.0, len(times))
    pd.DataFrame({"series": "a", "time": times, "value": values}).to_parquet(source)
    forecaster = LagLlamaForecaster(network, num_samples=3, random_state=0)
    found = forecast("", source, target, freq="h", forecaster=forecaster)
    y = pd.Series(values, times, name="value")
    expected = forecaster.fit(panel_of(y, "a")).predict_quantiles(STEPS, alpha=LEVELS)
    np.testing.assert_allclose(found[QUANTILES], expected, rtol=1e-4)


def test_forecasts_depend_neither_on_the_order_of_rows_nor_on_other_series(
    checkpoint: Path, source: Path, target: Path, tmp_path: Path
) -> None:
    expected = forecast(checkpoint, source, target)
    rows = pd.read_parquet(source)
    folder = tmp_path / "folder"
    for number, part in shuffled(rows, seed=1).groupby(np.arange(len(rows)) // 80):
        file = folder / f"batch {number}" / f"{number}.parquet"
        file.parent.mkdir(parents=True)
        part.to_parquet(file)
    pd.testing.assert_frame_equal(forecast(checkpoint, folder, tmp_path / "a"), expected)
    some = tmp_path / "some.parquet"
    rows[rows["series"].isin(LABELS[3:5])].to_parquet(some)
    pd.testing.assert_frame_equal(
        forecast(checkpoint, some, tmp_path / "b"),
        expected[expected["series"].isin(LABELS[3:5])].reset_index(drop=True),
        rtol=1e-4,
    )


def test_series_of_unequal_lengths_and_ends_are_forecast_from_their_own_ends(
    checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(["long", "short", "ended"], length=40)
    months = rows.groupby("series").cumcount()
    rows = rows[
        (rows["series"] == "long")
        | ((rows["series"] == "short") & (months >= 37))
        | ((rows["series"] == "ended") & (months < 11))
    ]
    rows.to_parquet(tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target)
    for label in ("long", "short", "ended"):
        expected = alone(checkpoint, months_of(rows, label), label)
        forecasts = found[found["series"] == label]
        assert (forecasts["time"].array == expected.index).all()
        np.testing.assert_allclose(forecasts[QUANTILES], expected, rtol=1e-4)


def test_missing_rows_nulls_and_nan_are_missing_values(
    checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(["without rows", "nulls", "long ago", "late"], length=60)
    months = rows.groupby("series").cumcount()
    rows.loc[(rows["series"] == "nulls") & months.isin([0, 5, 59]), "value"] = np.nan
    # Beyond the window of 16 tokens and 12 lags.
    rows.loc[(rows["series"] == "long ago") & (months > 25), "value"] = np.nan
    rows.loc[(rows["series"] == "late") & (months < 55), "value"] = np.nan
    rows = rows[~((rows["series"] == "without rows") & months.isin([20, 21, 40, 58]))]
    table = pa.Table.from_pandas(rows, preserve_index=False)
    assert table["value"].null_count > 30
    pq.write_table(table, tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target)
    for label in rows["series"].unique():
        expected = alone(checkpoint, months_of(rows, label), label)
        forecasts = found[found["series"] == label]
        assert (forecasts["time"].array == expected.index).all()
        np.testing.assert_allclose(forecasts[QUANTILES], expected, rtol=1e-4, err_msg=label)


TIMES: dict[str, tuple[pd.Index, str | None]] = {
    "integers": (pd.RangeIndex(-5, 25), None),
    "small integers": (pd.Index(np.arange(30, dtype=np.int16)), None),
    "periods": (pd.period_range("2020-01", periods=30, freq="M"), None),
    "business days": (pd.bdate_range("2020-01-01", periods=30), "B"),
    "milliseconds": (pd.date_range("2020-01-01", periods=30, freq="15min", unit="ms"), "15min"),
    "zone": (pd.date_range("2020-03-20", periods=30, freq="D", tz="Europe/Berlin"), "D"),
    "zone, hours": (pd.date_range("2020-03-28 12", periods=30, freq="h", tz="Europe/Berlin"), "h"),
    "quarters": (pd.date_range("2001-01-01", periods=30, freq="QS"), "QS"),
}


@pytest.mark.parametrize(("times", "freq"), TIMES.values(), ids=TIMES)
def test_times_of_every_kind_come_back_as_they_were(
    times: pd.Index, freq: str | None, checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).gamma(2.0, 50.0, 30)
    rows = pd.DataFrame({"series": 7, "time": times, "value": values})
    rows.to_parquet(tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target, freq=freq)
    expected = alone(checkpoint, pd.Series(values, times), 7)
    assert found["time"].dtype == rows["time"].dtype
    assert (found["time"].array == expected.index.astype(rows["time"].dtype)).all()
    np.testing.assert_allclose(found[QUANTILES], expected, rtol=1e-4)


def test_dates_and_names_of_periods_come_back_as_they_were(
    checkpoint: Path, tmp_path: Path
) -> None:
    periods = pd.period_range("2020-01", periods=30, freq="M")
    values = np.random.default_rng(0).gamma(2.0, 50.0, 30)
    labels = pa.array(["a"] * 30).dictionary_encode()
    dates = pa.array(periods.to_timestamp()).cast(pa.date32())
    for number, (times, freq) in enumerate([(dates, "MS"), (pa.array(periods.astype(str)), "M")]):
        rows = pa.table({"series": labels, "time": times, "value": values})
        pq.write_table(rows, tmp_path / f"{number}.parquet")
        forecast(checkpoint, tmp_path / f"{number}.parquet", tmp_path / f"{number}", freq=freq)
        found = pq.read_table(tmp_path / f"{number}")
        assert found["time"].type == times.type
        written = [str(time)[:7] for time in found["time"].to_pylist()]
        assert written == ["2022-07", "2022-08", "2022-11"]
    by_date, by_name = in_order(tmp_path / "0"), in_order(tmp_path / "1")
    pd.testing.assert_frame_equal(by_date[QUANTILES], by_name[QUANTILES])


LABELS_OF_KINDS = {
    "strings": ["b", "a", "ä"],
    "integers": [3, -1, 2],
    "bytes": np.array([3, 1, 2], dtype=np.uint8),
    "truth values": [True, False],
    "timestamps": pd.to_datetime(["2021-01-01 00:00", "2020-01-01 12:00"]),
    "categories": pd.Categorical(["b", "a", "c"]),
}


@pytest.mark.parametrize("labels", LABELS_OF_KINDS.values(), ids=LABELS_OF_KINDS)
def test_series_may_be_named_by_values_of_several_types(
    labels: Any, checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(list(range(len(labels))))
    position = rows["series"].astype(int).to_numpy()
    named = rows.assign(series=pd.Series(labels).take(position).array)
    named.to_parquet(tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target, rows_per_partition=40)
    assert set(found["series"]) == set(pd.Series(labels))
    for number, label in enumerate(pd.Series(labels).tolist()):
        expected = alone(checkpoint, months_of(rows, number), label)
        forecasts = found[found["series"] == label]
        np.testing.assert_allclose(forecasts[QUANTILES], expected, rtol=1e-4)


def test_several_columns_may_name_series_and_all_may_have_other_names(
    checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(["a", "b"])
    rows = pd.concat([rows.assign(store=store) for store in (1, 2)])
    rows.loc[rows["store"] == 2, "value"] *= 2
    rows.rename(columns={"series": "item", "time": "month", "value": "sold"}).to_parquet(
        tmp_path / "rows.parquet"
    )
    options = {"series": ["store", "item"], "time": "month", "value": "sold"}
    found = forecast(checkpoint, tmp_path / "rows.parquet", target, **options)
    assert found.columns.tolist() == ["store", "item", "month", "point", *QUANTILES]
    assert found[["store", "item"]].drop_duplicates().to_numpy().tolist() == [
        [1, "a"], [1, "b"], [2, "a"], [2, "b"]
    ]  # fmt: skip
    y = months_of(rows[rows["store"] == 2], "b")
    expected = alone(checkpoint, y, (2, "b"))
    np.testing.assert_allclose(found[QUANTILES].tail(len(STEPS)), expected, rtol=1e-4)


def test_the_parameters_of_the_forecaster_count(
    checkpoint: Path, source: Path, target: Path
) -> None:
    parameters: dict[str, Any] = {
        "num_samples": 3, "context_length": 9, "rope_scaling": "linear", "nonnegative": True,
        "point_forecast": "mean", "batch_size": 7,
    }  # fmt: skip
    found = forecast(checkpoint, source, target, forecaster=small(checkpoint, **parameters))
    label = LABELS[2]
    y = months_of(pd.read_parquet(source), label)
    forecasts = found[found["series"] == label]
    expected = alone(checkpoint, y, label, **parameters)
    np.testing.assert_allclose(forecasts[QUANTILES], expected, rtol=1e-4)
    points = small(checkpoint, **parameters).fit(panel_of(y, label)).predict(STEPS)
    np.testing.assert_allclose(forecasts["point"], points["value"], rtol=1e-4)


def test_pretrained_weights_are_used(checkpoint: Path, source: Path, tmp_path: Path) -> None:
    settings = FineTuning(max_steps=2, validation_fraction=0.0, learning_rate=0.05)
    pretrained = small(checkpoint, fine_tuning=settings)
    panel = pd.read_parquet(source).set_index(["series", "time"]).sort_index()
    pretrained.pretrain(panel)
    pretrained.fine_tuning = None
    found = forecast(checkpoint, source, tmp_path / "a", forecaster=pretrained)
    same = LagLlamaForecaster(pretrained.model_, num_samples=6, random_state=0, device="cpu")
    pd.testing.assert_frame_equal(
        forecast(checkpoint, source, tmp_path / "b", forecaster=same), found
    )
    other = forecast(checkpoint, source, tmp_path / "c")
    assert not np.allclose(found[QUANTILES], other[QUANTILES], rtol=1e-3)


def test_integers_that_count_seconds_take_no_memory_for_the_time_between(
    checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = pd.DataFrame(
        {
            "series": np.repeat(["early", "late"], 30),
            "time": np.concatenate([np.arange(30), 10**12 + np.arange(30)]),
            "value": np.random.default_rng(0).gamma(2.0, 50.0, 60),
        }
    )
    gap = pd.DataFrame({"series": "gap", "time": [0, 10**12], "value": [1.0, 2.0]})
    rows = pd.concat([rows, gap])
    rows.to_parquet(tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target, freq=None)
    assert found[found["series"] == "gap"]["time"].tolist() == [10**12 + step for step in STEPS]
    y = rows[rows["series"] == "late"].set_index("time")["value"]
    expected = alone(checkpoint, y, "late")
    late = found[found["series"] == "late"]
    np.testing.assert_allclose(late[QUANTILES], expected, rtol=1e-4)


def test_no_more_rows_are_in_memory_than_a_round_has(
    checkpoint: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = forecast(checkpoint, source, target)
    sizes = []
    split_rows = split._by_partition

    def counting(table: pa.Table, *arguments: Any) -> Any:
        sizes.append(len(table))
        return split_rows(table, *arguments)

    monkeypatch.setattr(split, "ROWS_OF_ROUND", 35)
    monkeypatch.setattr(split, "_by_partition", counting)
    monkeypatch.setattr("sktime_lagllama.scale.parquet.ROWS_OF_SPLIT_FILE", 100)
    found = forecast(checkpoint, source, tmp_path / "rounds", rows_per_partition=100)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-4)
    assert sum(sizes) == 12 * 30
    assert len(sizes) > 6 and max(sizes) < 2 * 35


def test_integers_that_float64_rounds_are_read_as_the_forecaster_reads_them(
    checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly([-1])
    rows = rows.assign(series=np.int32(-1), value=2**53 + rows["value"].astype("int64") * 10**12)
    rows.to_parquet(tmp_path / "rows.parquet")
    found = forecast(checkpoint, tmp_path / "rows.parquet", target)
    expected = alone(checkpoint, months_of(rows, -1).astype(float), -1)
    np.testing.assert_allclose(found[QUANTILES], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("freq", "message"),
    [
        ("h", "freq must be of whole days where column 'time' has date32.* but found 'h'"),
        ("36h", "freq must be of whole days"),
        ("-1D", "freq must be a step that pandas has, but found '-1D': .*forward"),
        ("0D", "freq must be a step that pandas has, but found '0D': .*forward"),
    ],
)
def test_steps_that_dates_cannot_have_are_refused(
    freq: str, message: str, checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(["a"])
    rows.assign(time=rows["time"].dt.date).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(ValueError, match=message):
        forecast(checkpoint, tmp_path / "rows.parquet", target, freq=freq)


def test_what_a_call_left_behind_that_was_killed_at_its_end_is_removed(
    checkpoint: Path, source: Path, target: Path
) -> None:
    forecast(checkpoint, source, target, rows_per_partition=100)
    files = sorted(os.listdir(target))
    (target / SCRATCH).mkdir()
    (target / SCRATCH / "rows-000000.arrow").write_bytes(b"rows")
    (target / ".part-000001.parquet.abc.unfinished").write_bytes(b"half")
    forecast(checkpoint, source, target, rows_per_partition=100)
    assert sorted(os.listdir(target)) == files


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Series of which one has a month twice and one an infinite value."""
    rows = monthly(LABELS)
    twice = rows[rows["series"] == "shop 3"].tail(1)
    rows.loc[rows["series"] == "shop 7", "value"] = np.inf
    pd.concat([rows, twice]).to_parquet(tmp_path / "broken.parquet")
    return tmp_path / "broken.parquet"


def test_failed_partitions_are_named_after_all_others_are_done(
    checkpoint: Path, broken: Path, source: Path, target: Path, tmp_path: Path
) -> None:
    with pytest.raises(FailedPartitionsError, match="tried 3 times") as raised:
        forecast(checkpoint, broken, target, rows_per_partition=60, retries=2)
    failures = raised.value.failures
    assert "series 'shop 3' has the time 2022-06-01 00:00:00 twice" in str(raised.value)
    assert "series 'shop 7' has the value inf at 2020-01-01" in str(raised.value)
    written = {file.name for file in target.glob("part-*")}
    assert len(written) > 2
    assert not written & failures.keys()
    found = in_order(target)
    expected = forecast(checkpoint, source, tmp_path / "whole")
    kept = expected[expected["series"].isin(found["series"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, kept, rtol=1e-4)


def test_a_partition_that_failed_once_is_tried_again(
    checkpoint: Path, source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sktime_lagllama.scale import forecasts

    tried = []
    read = forecasts.read_series

    def failing_once(*arguments: Any) -> Any:
        tried.append(arguments)
        if len(tried) == 2:
            raise OSError("the disk went away")
        return read(*arguments)

    monkeypatch.setattr(forecasts, "read_series", failing_once)
    found = forecast(checkpoint, source, target, rows_per_partition=100, retries=1)
    assert len(tried) == 5
    assert found["series"].nunique() == len(LABELS)


def test_a_later_call_computes_only_what_is_missing(
    checkpoint: Path, source: Path, target: Path
) -> None:
    expected = forecast(checkpoint, source, target, rows_per_partition=100)
    files = sorted(target.glob("part-*"))
    files[1].unlink()
    # As a process that was killed leaves it behind.
    (target / f".{files[1].name}.abc.unfinished").write_bytes(b"half")
    before = [file.stat().st_mtime_ns for file in files if file != files[1]]
    found = forecast(checkpoint, source, target, rows_per_partition=100)
    pd.testing.assert_frame_equal(found, expected)
    assert [file.stat().st_mtime_ns for file in files if file != files[1]] == before
    assert sorted(os.listdir(target)) == ["_request.json", *(file.name for file in files)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sktime_lagllama.scale.tasks.run", None)  # nothing is left to run
        forecast(checkpoint, source, target, rows_per_partition=100)


def test_a_seed_that_was_drawn_is_drawn_once(checkpoint: Path, source: Path, target: Path) -> None:
    options = {"forecaster": small(checkpoint, random_state=None), "rows_per_partition": 100}
    expected = forecast(checkpoint, source, target, **options)
    sorted(target.glob("part-*"))[0].unlink()
    pd.testing.assert_frame_equal(forecast(checkpoint, source, target, **options), expected)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "parameter": ({"num_samples": 7}, "num_samples was 6 and is now 7"),
    "seed": ({"random_state": 1}, "random_state changed"),
    "levels": ({"alpha": [0.5]}, r"alpha was \[0.1, 0.5, 0.9\] and is now \[0.5\]"),
    "horizon": ({"fh": [1]}, r"fh was \[1, 2, 5\] and is now \[1\]"),
    "partitions": ({"rows_per_partition": 50}, "rows_per_partition changed"),
    "checkpoint": ({"checkpoint": "bundled"}, "the checkpoint changed"),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_another_request_for_the_same_target_is_refused(
    change: dict[str, Any], message: str, checkpoint: Path, source: Path, target: Path
) -> None:
    forecast(checkpoint, source, target)
    calls = {name: change[name] for name in change if name in ("alpha", "fh", "rows_per_partition")}
    parameters = {name: change[name] for name in change if name not in calls}
    forecaster = small(**{"checkpoint": checkpoint, **parameters})
    with pytest.raises(ValueError, match=message):
        forecast(checkpoint, source, target, forecaster=forecaster, **calls)


def test_other_files_in_the_source_are_noticed(
    checkpoint: Path, source: Path, target: Path, tmp_path: Path
) -> None:
    forecast(checkpoint, source, target)
    os.utime(source, ns=(0, 0))
    with pytest.raises(ValueError, match="the files in source changed"):
        forecast(checkpoint, source, target)
    full = tmp_path / "full"
    full.mkdir()
    (full / "precious.txt").write_text("mine")
    with pytest.raises(ValueError, match="has other files"):
        forecast(checkpoint, source, full)


def test_the_request_is_written_in_words(checkpoint: Path, source: Path, target: Path) -> None:
    forecast(checkpoint, source, target)
    request = json.loads((target / "_request.json").read_text())
    assert request["steps"] == STEPS and request["levels"] == LEVELS
    assert request["columns"] == {"series": ["series"], "time": "time", "value": "value"}


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no freq": ({"freq": None}, ValueError, "freq must tell the step"),
    "unknown freq": ({"freq": "fortnight"}, ValueError, "fortnight"),
    "wrong freq": ({"freq": "W-SUN"}, FailedPartitionsError, "does not lie on a grid"),
    "horizon": ({"fh": [0, 1]}, ValueError, "steps from 1 on, but found 0"),
    "times": ({"fh": pd.PeriodIndex(["2025-01"], freq="M")}, ValueError, "count steps"),
    "level": ({"alpha": [0.5, 1.0]}, ValueError, "alpha must be a number above 0 and below 1"),
    "same levels": ({"alpha": [0.5, 0.5]}, ValueError, "none of them twice"),
    "column": ({"value": "sales"}, ValueError, "has no column 'sales'"),
    "same column": ({"value": "time"}, ValueError, "'time' is twice"),
    "no series": ({"series": []}, ValueError, "at least one column"),
    "text": ({"value": "series", "series": "value"}, TypeError, "must name series"),
    "partition": ({"rows_per_partition": 0}, ValueError, "rows_per_partition"),
    "client": ({"client": "tcp://127.0.0.1:8786"}, TypeError, "distributed.Client"),
}


@pytest.mark.parametrize(("options", "kind", "message"), WRONG.values(), ids=WRONG)
def test_wrong_parameters_are_named(
    options: dict[str, Any],
    kind: type[Exception],
    message: str,
    checkpoint: Path,
    source: Path,
    target: Path,
) -> None:
    with pytest.raises(kind, match=message):
        forecast(checkpoint, source, target, **options)


@pytest.mark.parametrize(
    ("forecaster", "message"),
    [
        (LagLlamaForecaster(fine_tuning=FineTuning()), "fine-tune before"),
        (LagLlamaForecaster(covariates="ridge"), "covariates must be None"),
        (LagLlamaForecaster(num_samples=0), "num_samples"),
        (LagLlamaForecaster(checkpoint="nowhere"), "does not exist"),
        (LagLlamaForecaster(random_state=np.random.RandomState(0)), "random_state"),
        (LagLlamaForecaster, "LagLlamaForecaster"),
    ],
    ids=["fine-tuning", "covariates", "samples", "checkpoint", "random_state", "class"],
)
def test_forecasters_that_cannot_be_used_are_refused(
    forecaster: Any, message: str, checkpoint: Path, source: Path, target: Path
) -> None:
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match=message):
        forecast(checkpoint, source, target, forecaster=forecaster)
    assert not target.exists()


def test_sources_that_cannot_be_read_are_refused(
    checkpoint: Path, source: Path, target: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        forecast(checkpoint, tmp_path / "nothing", target)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FileNotFoundError, match="no file that ends in"):
        forecast(checkpoint, empty, target)
    (empty / "a.parquet").write_text("text")
    with pytest.raises(ValueError, match="is no parquet file"):
        forecast(checkpoint, empty, target)
    rows = pd.read_parquet(source)
    rows.to_parquet(empty / "a.parquet")
    rows.assign(value="text").to_parquet(empty / "b.parquet")
    with pytest.raises(ValueError, match="must have the same types"):
        forecast(checkpoint, empty, target)
    rows.assign(value="text").to_parquet(empty / "a.parquet")
    with pytest.raises(TypeError, match="must hold numbers"):
        forecast(checkpoint, empty, target)
    pq.write_table(pq.read_table(source).slice(0, 0), tmp_path / "none.parquet")
    with pytest.raises(ValueError, match="has no rows"):
        forecast(checkpoint, tmp_path / "none.parquet", target)
    with pytest.raises(ValueError, match="must not be the source"):
        forecast(checkpoint, empty, empty / "forecasts")


@pytest.mark.parametrize("column", ["series", "time"])
def test_rows_without_a_series_or_a_time_are_shown(
    column: str, checkpoint: Path, target: Path, tmp_path: Path
) -> None:
    rows = monthly(["a"])
    rows.loc[3, column] = None
    rows.to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(FailedPartitionsError, match=f"column '{column}' must have no missing"):
        forecast(checkpoint, tmp_path / "rows.parquet", target)


def test_a_series_without_values_is_named(checkpoint: Path, target: Path, tmp_path: Path) -> None:
    rows = monthly(["a", "b"])
    rows.loc[rows["series"] == "b", "value"] = np.nan
    rows.to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(FailedPartitionsError, match="series 'b' has no value"):
        forecast(checkpoint, tmp_path / "rows.parquet", target)
