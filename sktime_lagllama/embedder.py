"""LagLlamaEmbedder: the methods that sktime asks of a transformer, and nothing numeric."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pandas as pd
from sktime.transformations.base import BaseTransformer

from sktime_lagllama._base import LagLlamaEstimator
from sktime_lagllama._parameter_checks import check_flag, check_number
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.embedding.frames import grouped_by_instance, states_frame, table_frame

if TYPE_CHECKING:
    import torch

    from sktime_lagllama.embedding.hidden_states import Embedding
    from sktime_lagllama.network.config import LagLlamaConfig


class LagLlamaEmbedder(LagLlamaEstimator, BaseTransformer):
    """Describe whole series by what Lag-Llama's network makes of them, for any classifier.

    Every series, which is one column of one instance, passes through the network, which was trained
    to forecast (Rasul et al., arXiv 2310.08278). Its hidden states, which are 128 numbers at every
    time after each layer of the bundled checkpoint, are pooled over time: a row for each instance,
    with the columns of ``X`` side by side. So series of any lengths become a table for any
    classifier, regressor or clusterer of scikit-learn.
    With ``pooling=None`` nothing is pooled: the result is a series of hidden states.

    Nothing is learnt: ``fit`` checks the parameters and opens the checkpoint, and instances do not
    influence each other.

    A series is scaled by the location and scale of all of its values; a change of its unit changes
    nothing but one column of ``level_features`` (with checkpoints whose tokens are relative to the
    scale, such as the bundled one). A series longer than ``context_length`` is cut into windows
    that overlap by a quarter, each with the lags before it. A hidden state depends on the values in
    its window up to its own time, on their lags, and on the scale of the whole series.

    Missing values (NaN) are masked by the network, and left out where states are pooled. Those
    before the first observed value and after the last one are as if their rows were not there. A
    series with an integer index gets the calendar of a daily series in which 0 is 2010-01-01:
    number series that are to be compared from the same integer.

    Parameters
    ----------
    checkpoint : str or path, default="bundled"
        As in ``LagLlamaForecaster``.
    pooling : str or None, default="mean+std"
        What of the states at all observed times of a series is returned: one or more of "mean",
        "std", "min", "max" and "last" (the state at the last observed value), joined by "+". None:
        the states themselves, at every time of ``X``.
    layer : int or sequence of int, optional
        After how many of the network's layers the states are read: 0 is before the first one, -1
        after the last one, -2 after the last but one. Those of several layers stand side by side.
        None: before the first layer and after two thirds of them, which are 0 and 4 of the six of
        the bundled checkpoint.
    level_features : bool, default=True
        Whether a row also has two numbers for each column of ``X`` about the location and scale
        that it was scaled by: ``arcsinh(loc / scale)``, which has no unit, and ``log(scale)``, to
        which another unit adds a constant. With ``pooling=None`` they are left out.
    context_length : int, optional
        Tokens of a window. None: what the checkpoint was trained with.
    device : str or torch.device, default="auto"
        As in ``LagLlamaForecaster``.
    dtype : {"float32", "bfloat16", "auto"}, default="float32"
        Precision of the network; "auto" is bfloat16 on a GPU that has it.
    batch_size : int or "auto", default="auto"
        Tokens that pass through the network at once, at least one window; bounds memory. It changes
        results only by rounding.

    Attributes
    ----------
    model_ : LagLlama
        The network, shared by all estimators of the process with this checkpoint and device.
    context_length_ : int
        Tokens of a window.
    layers_ : tuple of int
        Layers in use, counted from the first one.

    Examples
    --------
    >>> from sktime.datasets import load_unit_test
    >>> from sktime_lagllama import LagLlamaEmbedder
    >>> X, y = load_unit_test(split="train", return_X_y=True)
    >>> LagLlamaEmbedder(level_features=False).fit_transform(X).shape
    (20, 512)

    With scikit-learn's classifiers, in a pipeline of sktime:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sktime.pipeline import make_pipeline
    >>> pipeline = make_pipeline(LagLlamaEmbedder(), StandardScaler(), LogisticRegression())
    >>> pipeline.fit(X, y).predict(X).shape
    (20,)
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["sktime-lagllama developers"],
        "maintainers": ["sktime-lagllama developers"],
        "python_dependencies": ["torch", "huggingface_hub", "safetensors"],
        "scitype:transform-input": "Series",
        "scitype:transform-output": "Primitives",
        "scitype:instancewise": True,
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "y_inner_mtype": "None",
        "fit_is_empty": False,  # it checks the parameters
        "capability:multivariate": True,
        "capability:unequal_length": True,
        "capability:unequal_length:removes": True,
        "capability:missing_values": True,
        "capability:missing_values:removes": True,
        "capability:categorical_in_X": False,
        "transform-returns-same-time-index": False,
    }

    def __init__(
        self,
        checkpoint: str | PathLike[str] = "bundled",
        pooling: str | None = "mean+std",
        layer: int | Sequence[int] | None = None,
        level_features: bool = True,
        context_length: int | None = None,
        device: str | torch.device = "auto",
        dtype: Literal["float32", "bfloat16", "auto"] = "float32",
        batch_size: int | Literal["auto"] = "auto",
    ) -> None:
        self.checkpoint = checkpoint
        self.pooling = pooling
        self.layer = layer
        self.level_features = level_features
        self.context_length = context_length
        self.device = device
        self.dtype = dtype
        self.batch_size = batch_size
        super().__init__()
        if pooling is None:
            self.set_tags(
                **{
                    "scitype:transform-output": "Series",
                    "transform-returns-same-time-index": True,
                    "capability:unequal_length:removes": False,
                    # Nothing is known before the first observed value, or after the last one.
                    "capability:missing_values:removes": False,
                }
            )

    def _fit(self, X: pd.DataFrame, y: Any = None) -> LagLlamaEmbedder:
        from sktime_lagllama.embedding.pooling import statistics_of

        check_flag("level_features", self.level_features)
        self._check_network_parameters()
        self._statistics = () if self.pooling is None else statistics_of(self.pooling)
        self._network_holder = self._open_network(self.dtype)
        config = self._network_holder.network.config
        self.context_length_ = self._resolve_context_length(config, config.context_length)
        self.layers_ = self._resolve_layers(config)
        return self

    def _transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        from sktime_lagllama.embedding import embed

        grouped, order = grouped_by_instance(X)
        series = to_series_batch(grouped)
        series.check_observed()
        if self.pooling is None:
            states = embed.states_at_all_times(self._embedding(), series)
            return states_frame(series, states, order, X.index)
        pooled, level = embed.pooled_states(self._embedding(), series, self._statistics)
        of_level = embed.level_features(level) if self.level_features else None
        return table_frame(series, pooled, self._statistics, of_level)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return small parameter sets for sktime's test suites.

        Parameters
        ----------
        parameter_set : str, default="default"
            There is only this one.

        Returns
        -------
        list of dict
        """
        return [
            {"context_length": 8, "device": "cpu"},
            {
                "context_length": 6,
                "pooling": "mean+last+max",
                "layer": (0, -1),
                "level_features": False,
                "batch_size": 16,
                "device": "cpu",
            },
            {
                "context_length": 8,
                "pooling": None,
                "layer": 1,
                "dtype": "bfloat16",
                "device": "cpu",
            },
        ]

    def _embedding(self) -> Embedding:
        from sktime_lagllama.embedding.hidden_states import Embedding

        return Embedding(
            model=self.model_,
            layers=self.layers_,
            context_length=self.context_length_,
            batch_size=None if self.batch_size == "auto" else int(self.batch_size),
        )

    def _resolve_layers(self, config: LagLlamaConfig) -> tuple[int, ...]:
        """Return the layers, counted from the first one.

        Raises
        ------
        TypeError, ValueError
            If one is not an integer, the network has none such, or one comes twice.
        """
        if self.layer is None:
            return 0, -(-2 * config.num_layers // 3)
        layers = list(self.layer) if isinstance(self.layer, Sequence) else [self.layer]
        number = config.num_layers
        for layer in layers:
            check_number("layer", layer, integer=True)
        resolved = tuple(int(layer) % (number + 1) for layer in layers)
        if (
            not layers
            or len(set(resolved)) < len(resolved)
            or not all(-number - 1 <= layer <= number for layer in layers)
        ):
            raise ValueError(
                f"layer must be from 0 to {number}, or from {-number - 1} to -1, or several of "
                f"these that differ, with checkpoint {self.checkpoint!r}, but found {self.layer!r}"
            )
        return resolved
