"""How sample paths are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from sktime_lagllama.network.config import LagLlamaConfig, RopeScaling


@dataclass(frozen=True)
class SamplingOptions:
    """How paths are drawn.

    Parameters
    ----------
    num_samples : int, default=100
        Paths per series.
    context_length : int, optional
        Tokens of context. None: what the checkpoint was trained with.
    rope_scaling : {"linear", "dynamic"}, optional
        See ``rotary_angles``.
    nonnegative : bool, default=False
        Clip every value at zero, in data units, as it is drawn.
    batch_size : int, optional
        Rows (paths of all series, or context tokens) that go through the network at once; bounds
        memory and changes no result. None: 1024 a core, or fewer where a long horizon or context
        or many cores would make what they keep larger than a gigabyte in all.
    seed : int, default=0
        The same seed gives the same paths, on every device and for every ``batch_size``.
    """

    num_samples: int = 100
    context_length: int | None = None
    rope_scaling: RopeScaling | None = None
    nonnegative: bool = False
    batch_size: int | None = None
    seed: int = 0

    def context(self, config: LagLlamaConfig) -> int:
        """Return the tokens of context with this checkpoint."""
        return config.context_length if self.context_length is None else self.context_length
