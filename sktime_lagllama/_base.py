"""What all estimators share: the parameters that choose a network and run it, and opening it."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Literal

import numpy as np
from sklearn.utils import check_random_state

from sktime_lagllama._parameter_checks import check_count

if TYPE_CHECKING:
    import torch

    from sktime_lagllama.checkpoints.weights import OwnNetwork, SharedNetwork
    from sktime_lagllama.network.config import LagLlamaConfig
    from sktime_lagllama.network.lag_llama import LagLlama


class LagLlamaEstimator:
    """Mixin for estimators that compute with a Lag-Llama network; stands before sktime's base.

    The estimator's ``__init__`` has the parameters below and stores them untouched. Nothing is
    loaded, and torch is not imported, before ``_open_network``, which ``_fit`` calls and whose
    result it keeps as ``_network_holder``.

    Parameters
    ----------
    checkpoint : str, path or LagLlama
        As ``checkpoints.locate.locate`` takes it; or a network, which must not be changed any more.
    context_length : int or None
        Tokens of context. None: what the checkpoint's configuration says.
    device : str or torch.device
        As ``checkpoints.device.resolve_device`` takes it.
    dtype : {"float32", "bfloat16", "auto"}
        As ``checkpoints.device.resolve_dtype`` takes it.
    batch_size : int or "auto"
        Paths, or context tokens, that go through the network at once.
    random_state : int, RandomState or None
    """

    checkpoint: str | PathLike[str] | LagLlama
    context_length: int | None
    device: str | torch.device
    dtype: Literal["float32", "bfloat16", "auto"]
    batch_size: int | Literal["auto"]
    random_state: int | np.random.RandomState | None
    is_fitted: bool
    pretrained_model_: LagLlama
    _network_holder: SharedNetwork | OwnNetwork

    @property
    def model_(self) -> LagLlama:
        """The network in use; it must not be changed."""
        if self.is_fitted:
            return self._network_holder.network
        if hasattr(self, "pretrained_model_"):
            return self.pretrained_model_
        raise AttributeError(f"{type(self).__name__} has no model_ before fit or pretrain")

    def _check_network_parameters(self) -> None:
        """Check the parameters that need no network to be checked.

        Raises
        ------
        TypeError, ValueError
            Naming the parameter, what was found, and what is allowed.
        """
        if self.context_length is not None:
            check_count("context_length", self.context_length)
        if self.batch_size != "auto":
            check_count("batch_size", self.batch_size, " or 'auto'")

    def _open_network(self, dtype: str) -> SharedNetwork | OwnNetwork:
        """Return the network that ``fit`` starts from: the pretrained one or the checkpoint's.

        Parameters
        ----------
        dtype : {"float32", "bfloat16", "auto"}

        Raises
        ------
        FileNotFoundError, PermissionError, ConnectionError, TypeError, ValueError
            As ``checkpoints.weights.on_device`` does.
        """
        from sktime_lagllama.checkpoints.weights import OwnNetwork, SharedNetwork
        from sktime_lagllama.network.lag_llama import LagLlama

        if hasattr(self, "pretrained_model_"):
            return OwnNetwork(self.pretrained_model_, self.device, dtype)
        if isinstance(self.checkpoint, LagLlama):
            return OwnNetwork(self.checkpoint, self.device, dtype)
        return SharedNetwork(self.checkpoint, self.device, dtype)

    def _resolve_context_length(self, config: LagLlamaConfig, default: int) -> int:
        """Return the tokens of context to use with a network: the parameter's or the default.

        Raises
        ------
        ValueError
            If the network cannot have so many.
        """
        context_length = int(self.context_length or default)
        if context_length > config.max_context_length:
            raise ValueError(
                f"context_length must be at most {config.max_context_length} with this "
                f"checkpoint, but found {context_length}"
            )
        return context_length

    def _draw_seed(self) -> int:
        """Return a seed that ``random_state`` determines."""
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
