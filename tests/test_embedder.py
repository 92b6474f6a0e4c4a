"""LagLlamaEmbedder: containers, columns, parameters, and what embeddings do not depend on."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sktime.pipeline import make_pipeline

from sktime_lagllama import LagLlamaEmbedder
from tests.support.panels import panel_of

WIDTH = 128  # of the bundled network


def embedder(**parameters: Any) -> LagLlamaEmbedder:
    return LagLlamaEmbedder(**{"context_length": 16, "device": "cpu", **parameters})


def waves(num_series: int, length: int, period: float, seed: int) -> np.ndarray:
    """Return noisy waves of shape (series, 1, length) with phases, levels and scales at random."""
    random = np.random.default_rng(seed)
    phases, levels = random.uniform(0, 6, (num_series, 1)), random.normal(0, 9, (num_series, 1))
    scales = np.exp(random.standard_normal((num_series, 1)))
    waves = np.sin(2 * np.pi * np.arange(length) / period + phases)
    noisy = waves + 0.3 * random.standard_normal((num_series, length))
    return (levels + scales * noisy)[:, None]


def test_a_series_becomes_one_row() -> None:
    row = embedder(pooling="mean", layer=-1).fit_transform(pd.Series(np.arange(9.0)))
    assert row.shape == (1, WIDTH + 2)
    assert np.isfinite(row.to_numpy()).all()


def test_a_panel_becomes_a_row_for_each_instance_with_its_columns_side_by_side() -> None:
    X = panel_of({"b": 5, "a": 10, "c": 3}, columns=2)
    table = embedder(layer=1).fit_transform(X)
    assert table.index.tolist() == ["b", "a", "c"]
    assert table.shape == (3, 2 * (2 * WIDTH + 2))
    assert table.columns[0] == "column 0__mean_0"
    assert table.columns[-1] == "column 1__scale"
    for column in X.columns:
        alone = embedder(layer=1).fit_transform(X[[column]])
        np.testing.assert_allclose(table[alone.columns], alone, rtol=1e-4, atol=1e-4)


def test_a_hierarchy_keeps_its_levels() -> None:
    panel = panel_of({"a": 4, "b": 6})
    X = pd.concat({"north": panel, "south": panel}, names=["region"])
    table = embedder(layer=1).fit_transform(X)
    assert table.index.tolist() == [
        (region, name) for region in ("north", "south") for name in ("a", "b")
    ]
    np.testing.assert_allclose(table.loc["north"], table.loc["south"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("pooling", ["mean", None])
def test_rows_of_instances_may_alternate(pooling: str | None) -> None:
    X = panel_of({"a": 6, "b": 6}, columns=2)
    shuffled = X.iloc[[0, 6, 1, 7, 8, 2, 3, 9, 4, 10, 5, 11]]
    of_shuffled, expected = (
        embedder(pooling=pooling, layer=2).fit_transform(frame) for frame in (shuffled, X)
    )
    pd.testing.assert_frame_equal(of_shuffled.loc[expected.index], expected, rtol=1e-4, atol=1e-4)


def test_without_pooling_there_is_a_state_at_every_time() -> None:
    X = panel_of({"a": 10, "b": 4}, columns=2)
    X.iloc[[0, 5, 13]] = np.nan
    states = embedder(pooling=None, layer=2).fit_transform(X)
    assert states.index.equals(X.index)
    assert states.shape == (14, 2 * WIDTH)
    # The second row of "a" is the first one that has a value, the last one of "b" has none.
    assert states.isna().all(axis=1).to_numpy().nonzero()[0].tolist() == [0, 13]


@settings(max_examples=10)
@given(exponent=st.integers(-6, 6), seed=st.integers(0, 100))
def test_a_change_of_unit_changes_the_scale_feature_only(exponent: int, seed: int) -> None:
    X = waves(2, 30, 7.0, seed)
    before, after = (embedder().fit_transform(values) for values in (X, 2.0**exponent * X))
    is_scale = before.columns.str.endswith("__scale")
    np.testing.assert_allclose(
        after.loc[:, is_scale] - before.loc[:, is_scale], exponent * np.log(2), atol=1e-9
    )
    np.testing.assert_allclose(
        after.loc[:, ~is_scale], before.loc[:, ~is_scale], rtol=1e-4, atol=1e-4
    )


def test_other_instances_and_the_batch_size_change_nothing() -> None:
    X = panel_of({"a": 10, "b": 4, "c": 7})
    table = embedder().fit_transform(X)
    for batch_size in (1, 20):
        other = embedder(batch_size=batch_size).fit_transform(X)
        np.testing.assert_allclose(other, table, rtol=1e-4, atol=1e-4)
    fitted = embedder().fit(X)
    for name in ("a", "b", "c"):
        alone = fitted.transform(X.loc[[name]])
        np.testing.assert_allclose(alone, table.loc[[name]], rtol=1e-4, atol=1e-4)


def test_layers_stand_side_by_side_and_count_from_both_ends() -> None:
    X = panel_of({"a": 6})
    several = embedder(layer=[0, -1], pooling="mean", level_features=False).fit_transform(X)
    for number, layer in enumerate((0, 6)):
        one = embedder(layer=layer, pooling="mean", level_features=False).fit_transform(X)
        part = several.iloc[:, number * WIDTH : (number + 1) * WIDTH]
        np.testing.assert_allclose(part, one, rtol=1e-5, atol=1e-5)


def test_constant_and_huge_series_have_finite_rows() -> None:
    X = np.stack([np.zeros(20), np.full(20, -3.0), np.linspace(-1e139, 1e139, 20)])[:, None]
    assert np.isfinite(embedder().fit_transform(X).to_numpy()).all()


def test_a_series_without_a_value_is_an_error_that_names_it() -> None:
    X = panel_of({"a": 6, "b": 6})
    X.loc["b"] = np.nan
    with pytest.raises(ValueError, match="of instance 'b' is NaN throughout"):
        embedder().fit(X).transform(X)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"pooling": "median"}, ValueError, "pooling must be"),
        ({"pooling": 3}, TypeError, "pooling must be"),
        ({"layer": 7}, ValueError, "layer must be from 0 to 6, or from -7 to -1.*found 7"),
        ({"layer": -8}, ValueError, "found -8"),
        ({"layer": (4, -3)}, ValueError, "that differ"),
        ({"layer": ()}, ValueError, "layer must be"),
        ({"layer": "all"}, TypeError, "layer must be an integer"),
        ({"layer": 1.5}, TypeError, "layer must be an integer"),
        ({"level_features": 1}, TypeError, "level_features must be True or False"),
        ({"context_length": 0}, ValueError, "context_length must be"),
        ({"context_length": 5000}, ValueError, "context_length must be at most 2048"),
        ({"batch_size": 0}, ValueError, "batch_size must be"),
    ],
)
def test_a_wrong_parameter_is_an_error_in_fit_that_names_it(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        embedder(**parameters).fit(panel_of({"a": 6}))


@pytest.mark.parametrize("pooling", ["mean", None])
def test_changed_parameters_change_the_kind_of_output(pooling: str | None) -> None:
    other = "mean" if pooling is None else None
    changed = embedder(pooling=other).set_params(pooling=pooling).clone()
    expected = "Series" if pooling is None else "Primitives"
    assert changed.get_tag("scitype:transform-output") == expected
    assert len(changed.fit_transform(panel_of({"a": 6}))) == (6 if pooling is None else 1)


def test_a_pickled_embedder_embeds_the_same_and_carries_no_weights() -> None:
    X = panel_of({"a": 6})
    fitted = embedder().fit(X)
    pickled = pickle.dumps(fitted)
    assert len(pickled) < 100_000
    pd.testing.assert_frame_equal(pickle.loads(pickled).transform(X), fitted.transform(X))


def test_classes_of_a_panel_are_told_apart_in_a_pipeline() -> None:
    X = np.concatenate([waves(20, 40, 5.0, 0), waves(20, 40, 9.0, 1)])
    y = np.repeat(["fast", "slow"], 20)
    pipeline = make_pipeline(embedder(), StandardScaler(), LogisticRegression())
    pipeline.fit(X[::2], y[::2])
    assert (pipeline.predict(X[1::2]) == y[1::2]).mean() >= 0.9
