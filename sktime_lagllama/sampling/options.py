"""How sample paths are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling


@dataclass(frozen=True)
class SamplingOptions:
    """How sample paths are drawn.

    Parameters
    ----------
    num_samples : int, default=20
        Paths per series.
    context_length : int, optional
        Number of tokens of context. None: the configuration's ``context_length``; what forecasts
        series tells before, by their step (``forecasting.context_length``).
    rope_scaling : {"linear", "dynamic"}, optional
        See ``network.rotary.rotary_angles``.
    nonnegative : bool, default=False
        Whether every value enters the tokens of its path clipped at zero, in data units. What the
        sampler returns is unclipped: who combines forecasts clips what comes out.
    batch_size : int, optional
        Rows (paths of all series, or context tokens) that pass through the network at the same
        time. It bounds memory and changes results only by rounding. In bfloat16 a path can change
        visibly, since a rounding difference in one step feeds the next. None: 1024 per core, or
        fewer where a long horizon, a long context or many cores would need more than a gigabyte of
        buffers in all.
    seed : int, default=0
        The same seed gives the same paths up to rounding, on every device and for every
        ``batch_size``.
    """

    num_samples: int = 20
    context_length: int | None = None
    rope_scaling: RopeScaling | None = None
    nonnegative: bool = False
    batch_size: int | None = None
    seed: int = 0

    def context(self, config: LagLlamaConfig) -> int:
        """Return the context length to use with a checkpoint.

        Parameters
        ----------
        config : LagLlamaConfig
            Of the checkpoint.

        Returns
        -------
        int
            In tokens.
        """
        return config.context_length if self.context_length is None else self.context_length
