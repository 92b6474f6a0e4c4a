"""Architecture and data conventions of a checkpoint; the defaults are the published model's."""

from __future__ import annotations

import operator
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

    Raises
    ------
    ValueError
        If a number is out of range or a choice is unknown.
    TypeError
        If a lag is not an integer.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "lags", tuple(operator.index(lag) for lag in self.lags))
        self._check_sizes()
        self._check_positive_numbers()
        self._check_flags()
        self._check_lags()
        check_choice("scaling", self.scaling, get_args(Scaling))
        check_choice("level_features", self.level_features, get_args(LevelFeatures))

    def _check_sizes(self) -> None:
        """Raise a ValueError if a length or width is not a positive integer that is allowed."""
        for name in ("context_length", "max_context_length", "num_layers", "num_heads", "head_dim"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive integer, but found {value!r}")
        if self.hidden_dim is not None and (
            not isinstance(self.hidden_dim, int) or self.hidden_dim < 1
        ):
            raise ValueError(
                f"hidden_dim must be None or a positive integer, but found {self.hidden_dim!r}"
            )
        if self.head_dim % 2:
            raise ValueError(
                f"head_dim must be even for rotary positions, but found {self.head_dim}"
            )

    def _check_positive_numbers(self) -> None:
        """Raise a ValueError if ``rope_base`` or ``dispersion`` is not a positive number."""
        if not isinstance(self.rope_base, (int, float)) or self.rope_base <= 0:
            raise ValueError(f"rope_base must be a positive number, but found {self.rope_base!r}")
        if not isinstance(self.dispersion, (int, float)) or not 0 < self.dispersion < float("inf"):
            raise ValueError(f"dispersion must be a positive number, but found {self.dispersion!r}")

    def _check_flags(self) -> None:
        """Raise a ValueError if a field with a default of True or False is something else."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, bool) and not isinstance(value, bool):
                raise ValueError(f"{field.name} must be True or False, but found {value!r}")

    def _check_lags(self) -> None:
        """Raise a ValueError if the lags are not non-negative and increasing."""
        if not self.lags or self.lags[0] < 0 or list(self.lags) != sorted(set(self.lags)):
            raise ValueError(f"lags must be non-negative and increasing, but found {self.lags}")

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

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary that ``json`` can write.

        Returns
        -------
        dict
            The arguments of this class by name.
        """
        return asdict(self)
