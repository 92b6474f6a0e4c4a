"""The architecture and the training recipe of the bundled checkpoint, and of the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.pretraining.batches import SyntheticBatches

BUNDLED_LAGS: tuple[int, ...] = (
    *range(17),
    *(18, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31, 34, 35, 36, 37, 41, 42, 47, 48, 49),
    *(51, 52, 53, 55, 56, 59, 60, 61, 63, 71, 72, 73, 83, 84, 85, 95, 96, 97, 103, 104, 105),
    *(119, 120, 121, 143, 144, 145, 167, 168, 169, 191, 192, 207, 208, 209, 239, 240),
    *(259, 260, 261, 262, 287, 288, 311, 312, 313, 335, 336, 337, 359, 360, 363, 364, 365, 366),
)
"""Every recent step, and the usual seasons with their multiples and neighbours."""

BUNDLED_CONFIG = LagLlamaConfig(
    context_length=128,
    num_layers=6,
    num_heads=4,
    head_dim=32,
    hidden_dim=384,
    lags=BUNDLED_LAGS,
    level_features="relative",
    observed_features=True,
    center_unobserved=True,
    mask_padding=True,
    arcsinh_lags=True,
    autoregressive_head=True,
    context_length_below_a_month=64,
    spread_of_weeks=0.9,
    subseries=True,
)

FAST_LAGS: tuple[int, ...] = tuple(
    sorted(
        {
            *BUNDLED_LAGS,
            # Two and three days of steps of 30, 15, 10 and 5 minutes; 144 to 288 are there already.
            *(97, 193, 287, 289, 384, 431, 432, 433, 575, 576, 577),
            # A week of 15, 10 and 5 minutes, and a day of minutes.
            *(671, 672, 673, 1_007, 1_008, 1_009, 1_439, 1_440, 1_441, 2_015, 2_016, 2_017),
        }
    )
)
"""The bundled lags, and days and weeks of the steps below an hour."""

NEXT_CONFIG = replace(
    BUNDLED_CONFIG, context_length=512, context_length_below_a_month=None, lags=FAST_LAGS
)
"""The bundled architecture with a longer reach, for the next checkpoint."""


@dataclass(frozen=True)
class Recipe:
    """How a checkpoint is trained.

    The defaults are those of the first training of the bundled checkpoint, on the corpus of its
    time: fewer series of steps below a day, and none of ``synthetic.fast``.

    Parameters
    ----------
    minutes : float, default=60.0
        Wall-clock budget, over all resumed parts (76 in that first training). The learning
        rate reaches zero with its end.
    steps : int, optional
        Budget in steps instead, which makes runs comparable whatever else the machine does.
    num_tokens : tuple of int, default=(64, 128, 304)
        Tokens per series, context and horizon together; each step takes one of them.
    tokens_per_step : int, default=10240
        Series per step times tokens per series.
    fast_horizon : int, default=96
        Largest number of steps after the cutoff for series of steps below a day. For the others it
        is 96.
    frequency_shares : dict of str to float, optional
        Relative shares of frequencies in the corpus, in place of those of
        ``synthetic.frequencies``.
    context_weight : float, default=0.3
        Weight in the loss of the targets before the cutoff, against 1 after it.
    learning_rate : float, default=2e-3
        Peak of the schedule.
    warm_up : float, default=0.02
        Share of the budget over which the rate rises from 0.
    cooldown : float, optional
        Share of the budget, at its end, over which the rate falls to zero from what it is until
        then; positive, at most 1. A copy of the state that is resumed with a smaller budget is
        cooled down earlier. None: the rate falls as a cosine over the whole budget.
    weight_decay : float, default=0.01
    gradient_clip : float, default=1.0
        Largest norm of the gradient.
    muon : bool, default=True
        Whether the layers' matrices are trained by Muon (Jordan et al., 2024), at the rate that
        matches AdamW's updates (Liu et al., arXiv 2502.16982), instead of by AdamW.
    averaging : float, default=0.999
        Decay per step of the exponential moving average of the weights, which is what is saved.
    dispersion : float, default=1.1
        Factor by which the checkpoint's distributions are widened after training: the smallest
        multiple of 0.05 with which 80 % and 95 % of the values lie inside the intervals of those
        names, in the mean of the monthly, quarterly and yearly groups of the validation series
        (``pretraining.validation``).
    bfloat16 : bool, default=False
        Whether products of matrices are computed in bfloat16 on a CPU too, which is a third faster
        where the CPU has instructions for it. A GPU always does.
    seed : int, default=0
    """

    minutes: float = 60.0
    steps: int | None = None
    num_tokens: tuple[int, ...] = (64, 128, 304)
    tokens_per_step: int = 10240
    fast_horizon: int = 96
    frequency_shares: dict[str, float] | None = None
    context_weight: float = 0.3
    learning_rate: float = 2e-3
    warm_up: float = 0.02
    cooldown: float | None = None
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    muon: bool = True
    averaging: float = 0.999
    dispersion: float = 1.1
    bfloat16: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.cooldown is not None and not 0 < self.cooldown <= 1:
            raise ValueError(f"cooldown must be above 0 and at most 1, but found {self.cooldown}")

    def batches(self, config: LagLlamaConfig, seed: int, context_weight: float) -> SyntheticBatches:
        """Return endless chunks of batches.

        Parameters
        ----------
        config : LagLlamaConfig
            Of the network that is trained.
        seed : int
            Of the series, in place of the recipe's.
        context_weight : float
            In place of the recipe's.

        Returns
        -------
        SyntheticBatches
        """
        return SyntheticBatches(
            config,
            self.num_tokens,
            self.tokens_per_step,
            seed,
            context_weight,
            self.fast_horizon,
            self.frequency_shares,
        )


CONTINUED_RECIPE = Recipe(
    steps=4_535,
    frequency_shares={
        "secondly": 0.01,
        "minutely": 0.015,
        "5-minutely": 0.01,
        "10-minutely": 0.01,
        "15-minutely": 0.015,
        "30-minutely": 0.02,
        "hourly": 0.10,
        "daily": 0.13,
        "business-daily": 0.04,
        "weekly": 0.125,
        "monthly": 0.28,
        "quarterly": 0.15,
        "yearly": 0.11,
    },
    learning_rate=1e-3,
    warm_up=0.043,
    cooldown=0.2,
    bfloat16=True,
    seed=21,
)
"""The second training of the bundled checkpoint, from the weights of the first on.

Its corpus was that of its time, in which growth did not slow down from some time on.
"""

THIRD_RECIPE = replace(
    CONTINUED_RECIPE,
    steps=1_500,
    learning_rate=5e-4,
    warm_up=0.03,
    cooldown=0.6,
    averaging=0.997,
    seed=41,
)
"""The third training, from the weights of the second on.

A quarter of its weights and three of the second's are the bundled checkpoint
(``pretraining.averaging``).
"""

NEXT_RECIPE = Recipe(num_tokens=(64, 128, 304, 640, 1_312), fast_horizon=288)
"""For the next checkpoint: contexts up to 1,024 and 288 steps ahead for series below a day."""

PLANS: dict[str, tuple[LagLlamaConfig, Recipe]] = {
    "bundled": (BUNDLED_CONFIG, Recipe()),
    "continued": (BUNDLED_CONFIG, CONTINUED_RECIPE),
    "third": (BUNDLED_CONFIG, THIRD_RECIPE),
    "next": (NEXT_CONFIG, NEXT_RECIPE),
}
"""Configurations and recipes that the command line knows by name."""
