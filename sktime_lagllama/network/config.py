"""Architecture and data conventions of a checkpoint; the defaults are the published model's."""

from __future__ import annotations

import math
import operator
import reprlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from sktime_lagllama._parameter_checks import check_choice

Scaling = Literal["robust", "std", "mean", "none"]
LevelFeatures = Literal["absolute", "relative"]
RopeScaling = Literal["linear", "dynamic"]

PUBLISHED_LAGS: tuple[int, ...] = (
    *(0, 7, 8, 10, 11, 12, 13, 14, 19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30, 34, 35, 36),
    *(46, 47, 48, 50, 51, 52, 55, 57, 58, 59, 60, 61, 70, 71, 72, 83, 94, 95, 96),
    *(102, 103, 104, 117, 118, 119, 120, 121, 142, 143, 144, 154, 155, 156),
    *(166, 167, 168, 177, 178, 179, 180, 181, 334, 335, 336, 362, 363, 364),
    *(502, 503, 504, 670, 671, 672, 718, 719, 720, 726, 727, 728, 1090, 1091, 1092),
)
"""The 84 lags of the published checkpoint; lag 0 is the value at the token's own time."""

NUM_CALENDAR_FEATURES = 6
NUM_LEVEL_FEATURES = 2
_MLP_WIDTH_MULTIPLE = 256

# A configuration may come from a stranger, and each of these decides about memory or time.
_MAX_SIZES = {
    "context_length": 16_384,
    "max_context_length": 16_384,
    "num_layers": 256,
    "num_heads": 1024,
    "head_dim": 1024,
    "hidden_dim": 65_536,
    "context_length_below_a_month": 16_384,
}
_OPTIONAL_SIZES = ("hidden_dim", "context_length_below_a_month")
MAX_NUM_LAGS = 4096
MAX_LAG = 1_000_000
MAX_NUM_WEIGHTS = 2**28
_MAX_ROPE_BASE = 1e12
_MAX_DISPERSION = 1000.0


@dataclass(frozen=True)
class LagLlamaConfig:
    """Architecture and data conventions of a Lag-Llama checkpoint.

    The defaults describe the published checkpoint (Rasul et al., arXiv 2310.08278). It does not
    have the fields after ``rope_base``; their defaults reproduce what it does.

    Parameters
    ----------
    context_length : int, default=32
        Number of tokens of context that the checkpoint was trained with.
    max_context_length : int, default=2048
        Largest context that a forecaster accepts with the checkpoint, in tokens.
    num_layers, num_heads, head_dim : int, default=8, 9, 16
        Depth, number of attention heads, and width of a head. The width of the residual stream is
        ``num_heads * head_dim``.
    hidden_dim : int, optional
        Width of the SwiGLU layer. None: ``int(2 / 3 * 4 * width)`` rounded up to a multiple of 256.
    lags : tuple of int
        Lags in a token, in steps, non-negative and increasing; 0 is the value itself. Default: the
        84 lags of the published checkpoint.
    scaling : {"robust", "std", "mean", "none"}, default="robust"
        Location and scale of a window: median and interquartile range ("robust"), mean and
        standard deviation ("std"), 0 and mean absolute value ("mean"), or 0 and 1 ("none").
    calendar_features : bool, default=True
        Whether a token contains the six calendar features of its time.
    rope_base : float, default=10000.0
        Base of the rotary positions.
    level_features : {"absolute", "relative"}, default="absolute"
        "absolute": ``log1p(|loc|)`` and ``log(scale)``, which depend on the unit of the series.
        "relative": ``arcsinh(loc / scale)`` and ``log1p`` of the number of observed values in the
        window, which do not depend on it.
    observed_features : bool, default=False
        Whether a token also contains a number for each lag: 1 if the lag is observed, else 0.
    center_unobserved : bool, default=False
        Whether unobserved values are replaced by ``loc`` (0 in scaled units) or, if False, by 0
        (``-loc / scale`` in scaled units).
    mask_padding : bool, default=False
        Whether attention skips the tokens before the first observed value of the window.
    arcsinh_lags : bool, default=False
        Whether tokens contain the inverse hyperbolic sine of scaled lags, which dampens outliers.
    autoregressive_head : bool, default=False
        Whether the location is the sum of the head's output and an autoregression on the lags. The
        coefficients are computed at every token and sum to 1, so that a shift of the series shifts
        its forecasts. See ``network.autoregressive_head.autoregression``.
    dispersion : float, default=1.0
        Factor on the scale of every predicted distribution, set after training for calibration.
    context_length_below_a_month : int, optional
        Default number of tokens of context of forecasts of series with a step below a month. None:
        ``context_length``.
    spread_of_weeks : float, default=1.0
        Factor on the spread of forecasts of series with a step of a week or longer, but below a
        month, set after training for calibration. ``dispersion`` is there as well.
    subseries : bool, default=False
        Whether forecasts of series with a step below a day are combined with those of their hourly
        and daily subseries. See ``forecasting.combination``.

    Raises
    ------
    ValueError
        If a number is out of range or a choice is unknown.
    TypeError
        If a lag is not an integer.

    Notes
    -----
    Checkpoints come from strangers too, so all that decides about memory or time is bounded, far
    above what the published network (context 32, at most 2,048; 2.4 million weights) has:
    ``context_length`` and its likes are at most 16,384 tokens, ``num_layers`` 256,
    ``num_heads`` and ``head_dim`` 1,024, ``hidden_dim`` 65,536. There are at most 4,096 lags, the
    largest at most 1,000,000 steps, and 2**28 weights in all. ``rope_base`` lies between 1 and
    1e12, ``dispersion`` and ``spread_of_weeks`` between 0.001 and 1,000.
    """

    context_length: int = 32
    max_context_length: int = 2048
    num_layers: int = 8
    num_heads: int = 9
    head_dim: int = 16
    hidden_dim: int | None = None
    lags: tuple[int, ...] = PUBLISHED_LAGS
    scaling: Scaling = "robust"
    calendar_features: bool = True
    rope_base: float = 10000.0
    level_features: LevelFeatures = "absolute"
    observed_features: bool = False
    center_unobserved: bool = False
    mask_padding: bool = False
    arcsinh_lags: bool = False
    autoregressive_head: bool = False
    dispersion: float = 1.0
    context_length_below_a_month: int | None = None
    spread_of_weeks: float = 1.0
    subseries: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "lags", _checked_lags(self.lags))
        self._check_sizes()
        self._check_numbers()
        self._check_choices()
        if self.num_weights > MAX_NUM_WEIGHTS:
            raise ValueError(
                f"a network may have at most {MAX_NUM_WEIGHTS:,} weights, but num_layers "
                f"{self.num_layers}, num_heads {self.num_heads}, head_dim {self.head_dim} and "
                f"hidden_dim {self.hidden_dim} make {self.num_weights:,}"
            )

    def _check_sizes(self) -> None:
        """Raise a ValueError if a length or width is not a positive integer that is allowed."""
        for name, largest in _MAX_SIZES.items():
            value = getattr(self, name)
            may_be_none = name in _OPTIONAL_SIZES
            if may_be_none and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                alternative = "None or " if may_be_none else ""
                raise ValueError(
                    f"{name} must be {alternative}a positive integer, but found "
                    f"{reprlib.repr(value)}"
                )
            if value > largest:
                raise ValueError(f"{name} must be at most {largest:,}, but found {value}")
        below_a_month = self.context_length_below_a_month
        if below_a_month is not None and below_a_month > self.max_context_length:
            raise ValueError(
                f"context_length_below_a_month must be at most max_context_length, "
                f"{self.max_context_length}, but found {below_a_month}"
            )
        if self.head_dim % 2:
            raise ValueError(
                f"head_dim must be even for rotary positions, but found {self.head_dim}"
            )

    def _check_numbers(self) -> None:
        """Raise a ValueError if a factor or ``rope_base`` is not a number that is allowed."""
        for name, smallest, largest in (
            ("rope_base", 1.0, _MAX_ROPE_BASE),
            ("dispersion", 1 / _MAX_DISPERSION, _MAX_DISPERSION),
            ("spread_of_weeks", 1 / _MAX_DISPERSION, _MAX_DISPERSION),
        ):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise ValueError(
                    f"{name} must be a positive number, but found {reprlib.repr(value)}"
                )
            if not smallest <= value <= largest:
                raise ValueError(
                    f"{name} must be between {smallest:g} and {largest:g}, but found {value}"
                )

    def _check_choices(self) -> None:
        """Raise a ValueError if a field with a few allowed values has another one."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, bool) and not isinstance(value, bool):
                raise ValueError(
                    f"{field.name} must be True or False, but found {reprlib.repr(value)}"
                )
        check_choice("scaling", self.scaling, get_args(Scaling))
        check_choice("level_features", self.level_features, get_args(LevelFeatures))

    @property
    def width(self) -> int:
        """Width of the residual stream."""
        return self.num_heads * self.head_dim

    @property
    def mlp_width(self) -> int:
        """Width of the SwiGLU layer."""
        if self.hidden_dim is not None:
            return self.hidden_dim
        unrounded = int(2 * 4 * self.width / 3)
        return -(-unrounded // _MLP_WIDTH_MULTIPLE) * _MLP_WIDTH_MULTIPLE

    @property
    def max_lag(self) -> int:
        """Largest lag, in steps: how far the first token of a context looks back."""
        return self.lags[-1]

    @property
    def num_features(self) -> int:
        """Width of a token."""
        per_lag = 2 if self.observed_features else 1
        calendar = NUM_CALENDAR_FEATURES if self.calendar_features else 0
        return per_lag * len(self.lags) + NUM_LEVEL_FEATURES + calendar

    @property
    def num_weights(self) -> int:
        """Number of weights of the network, known before any is built."""
        width = self.width
        embedding = width * (self.num_features + 1)
        layer = 4 * width**2 + 3 * width * self.mlp_width + 2 * width
        # The outputs of the heads: a Student-t distribution, and what an autoregression needs.
        outputs = 3 + (3 * len(self.lags) + 1 if self.autoregressive_head else 0)
        return embedding + self.num_layers * layer + width + outputs * (width + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that ``json`` can write.

        Returns
        -------
        dict
            The arguments of this class by name.
        """
        return asdict(self)


def _checked_lags(lags: Iterable[int]) -> tuple[int, ...]:
    """Return the lags as a tuple of integers.

    Raises
    ------
    ValueError
        If they are not non-negative and increasing, or exceed their bounds.
    TypeError
        If one is not an integer.
    """
    checked = tuple(operator.index(lag) for lag in lags)
    if not checked or checked[0] < 0 or list(checked) != sorted(set(checked)):
        raise ValueError(
            f"lags must be non-negative and increasing, but found {reprlib.repr(checked)}"
        )
    if len(checked) > MAX_NUM_LAGS:
        raise ValueError(f"there may be at most {MAX_NUM_LAGS:,} lags, but found {len(checked)}")
    if checked[-1] > MAX_LAG:
        raise ValueError(f"lags must be at most {MAX_LAG:,}, but found {reprlib.repr(checked[-1])}")
    return checked
