"""Every number of a checkpoint, with the published model's as the default."""

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
_HIDDEN_MULTIPLE = 256


@dataclass(frozen=True)
class LagLlamaConfig:
    """Architecture and data conventions of a Lag-Llama checkpoint.

    The defaults describe the published checkpoint (Rasul et al., arXiv 2310.08278). Fields
    after ``rope_base`` do not exist there; their defaults are its behaviour.

    Parameters
    ----------
    context_length : int, default=32
        Tokens of context that the checkpoint was trained with.
    max_context_length : int, default=2048
        Largest context that a forecaster accepts with the checkpoint, in tokens.
    num_layers, num_heads, head_dim : int, default=8, 9, 16
        Depth, attention heads, and width of a head; the width is ``num_heads * head_dim``.
    hidden_dim : int, optional
        Width of the SwiGLU layer. None: ``int(2 / 3 * 4 * width)`` rounded up to a multiple of 256.
    lags : tuple of int
        Lags that make up a token, non-negative and increasing; 0 is the value itself.
    scaling : {"robust", "std", "mean", "none"}, default="robust"
        Location and scale of a window: median and interquartile range, mean and standard
        deviation, 0 and mean absolute value, or 0 and 1.
    calendar_features : bool, default=True
        Whether a token carries the six calendar features of its time.
    rope_base : float, default=10000.0
        Base of the rotary positions.
    level_features : {"absolute", "relative"}, default="absolute"
        "absolute": ``log1p(|loc|)`` and ``log(scale)``, which depend on the unit of the series;
        "relative": ``arcsinh(loc / scale)`` and ``log1p`` of the number of observed values in the
        window, which do not.
    observed_features : bool, default=False
        Whether a token also carries, beside each lag, 1 where that lag is observed and 0 elsewhere.
    center_unobserved : bool, default=False
        Unobserved values enter as ``loc`` (0 once scaled) instead of as 0 (``-loc / scale``).
    mask_padding : bool, default=False
        Whether attention skips the tokens before the first observed value of the window.
    arcsinh_lags : bool, default=False
        Whether scaled lags enter as their inverse hyperbolic sine, which tames outliers.
    autoregressive_head : bool, default=False
        Whether the head's location is added to an autoregression on the lags, whose coefficients
        are read off the residual stream at every token and sum to 1: a shift of the series then
        shifts its forecasts. See ``network.autoregression``.
    dispersion : float, default=1.0
        Factor on the scale of every predicted distribution, set after training to calibrate it.

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
        if not isinstance(self.rope_base, (int, float)) or self.rope_base <= 0:
            raise ValueError(f"rope_base must be a positive number, but found {self.rope_base!r}")
        if not isinstance(self.dispersion, (int, float)) or not 0 < self.dispersion < float("inf"):
            raise ValueError(f"dispersion must be a positive number, but found {self.dispersion!r}")
        for field in fields(self):
            if field.type == "bool" and not isinstance(getattr(self, field.name), bool):
                found = getattr(self, field.name)
                raise ValueError(f"{field.name} must be True or False, but found {found!r}")
        if self.head_dim % 2:
            raise ValueError(
                f"head_dim must be even for rotary positions, but found {self.head_dim}"
            )
        if not self.lags or self.lags[0] < 0 or list(self.lags) != sorted(set(self.lags)):
            raise ValueError(f"lags must be non-negative and increasing, but found {self.lags}")
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
        return -(-unrounded // _HIDDEN_MULTIPLE) * _HIDDEN_MULTIPLE

    @property
    def max_lag(self) -> int:
        """Steps of history that a context's first token looks back on."""
        return self.lags[-1]

    @property
    def num_features(self) -> int:
        """Width of a token."""
        per_lag = 2 if self.observed_features else 1
        calendar = NUM_CALENDAR_FEATURES if self.calendar_features else 0
        return per_lag * len(self.lags) + NUM_LEVEL_FEATURES + calendar

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-serialisable dictionary."""
        return asdict(self)
