"""Paths of a block of series, drawn step by step from its context."""

from __future__ import annotations

import torch
from torch import Tensor

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.features import Lags, transform_lags
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.sampling.buffers import Buffers
from sktime_lagllama.sampling.path_attention import PathAttention
from sktime_lagllama.sampling.path_layers import LayerWeights, PathLayers
from sktime_lagllama.sampling.prefill import Context
from sktime_lagllama.sampling.random_numbers import draw_student_t


class Decoder:
    """Draws a chunk of paths, the same number for every series of a block.

    Every value that is drawn becomes part of its path's next tokens. Each step runs one token of
    every path through the network.

    Parameters
    ----------
    context : Context
        Of the block of series.
    weights : LayerWeights, optional
        Of the context's model. Not needed for a horizon of 1.
    num_samples : int
        Paths per series.
    nonnegative : bool
        Whether every value is clipped at zero, in data units, as soon as it is drawn.
    buffers : Buffers
        In use until the paths are drawn.
    """

    def __init__(
        self,
        context: Context,
        weights: LayerWeights | None,
        num_samples: int,
        nonnegative: bool,
        buffers: Buffers,
    ) -> None:
        num_series, horizon = len(context.hidden), context.horizon
        device = context.hidden.device
        self.context = context
        self.num_samples = num_samples
        self.min_value: Tensor | None = None
        if nonnegative:
            self.min_value = (-context.loc / context.scale).float().to(device)
        self.layers: PathLayers | None = None
        if weights is not None and horizon > 1:
            attention = PathAttention(
                context.keys_values,
                context.padding,
                horizon - 1,
                context.model.config.num_heads,
                num_samples,
                buffers,
            )
            self.layers = PathLayers(weights, attention, context.path_rotary, buffers)
        # The values in scaled units, and again in the form in which they enter tokens.
        self.values = torch.empty(num_series, num_samples, horizon, device=device)
        self.lag_values = context.hidden.new_empty(horizon, num_series * num_samples)

    def draw(self, noise: Tensor) -> Float64Array:
        """Draw the paths; to be called once.

        Parameters
        ----------
        noise : float32 Tensor of shape (horizon, series, num_samples, 2)
            As ``random_numbers.student_t_noise`` returns it.

        Returns
        -------
        float64 array of shape (series, num_samples, horizon)
            In data units.
        """
        context = self.context
        distribution = context.one_step_distribution()
        for step in range(context.horizon):
            value = draw_student_t(distribution, noise[step])
            if self.min_value is not None:
                value = torch.maximum(value, self.min_value)
            self.values[:, :, step] = value
            if self.layers is not None and step + 1 < context.horizon:
                self.lag_values[step] = transform_lags(value, context.model.config).flatten()
                outputs = self.layers.run(self._embed_tokens(step))
                distribution = self._distribution(outputs, self._lags(step))
        paths = self.values.cpu().double() * context.scale[:, None] + context.loc[:, None]
        # Rounding may have left a clipped value just below zero.
        return (paths if self.min_value is None else paths.clamp_min(0.0)).numpy()

    def _embed_tokens(self, step: int) -> Tensor:
        """Embed the tokens of the last value drawn.

        Parameters
        ----------
        step : int
            Of that value, from 0.

        Returns
        -------
        Tensor of shape (width, paths)
        """
        context = self.context
        columns = self._lags_within_path(step)
        values = self.lag_values[step - context.lags[columns]]  # (columns, paths)
        known = context.known_embedding[step, :, :, None]  # (width, series, 1)
        known = known.expand(-1, -1, self.num_samples).flatten(1)
        return torch.addmm(known, context.model.embedding.weight[:, columns], values)

    def _distribution(self, outputs: Tensor, lags: Lags | None) -> StudentT:
        """Return the distribution of every path's next value.

        Parameters
        ----------
        outputs : Tensor of shape (outputs, paths)
            Of the heads.
        lags : Lags of shape (series, samples, lags), optional

        Returns
        -------
        StudentT of shape (series, samples)
        """
        by_path = outputs.t().view(len(self.context.hidden), -1, len(outputs))
        raw, coefficients = by_path.tensor_split([len(StudentT._fields)], -1)
        return self.context.model.student_t(raw, None if lags is None else coefficients, lags)

    def _lags(self, step: int) -> Lags | None:
        """Return the lags of the tokens of the last value drawn.

        Parameters
        ----------
        step : int
            Of that value, from 0.

        Returns
        -------
        Lags of shape (series, samples, lags), optional
            None for a model without an autoregressive head.
        """
        context = self.context
        if context.known_lags is None:
            return None
        # The first of the known lags are those of the context's last token.
        values, observed = (part[:, step + 1, None] for part in context.known_lags)
        values = values.repeat(1, self.num_samples, 1)
        columns = self._lags_within_path(step)
        values[:, :, columns] = self.values[:, :, step - context.lags[columns]]
        return Lags(values, observed)

    def _lags_within_path(self, step: int) -> Tensor:
        """Return the positions of the lags that reach no further back than step 0."""
        return torch.nonzero(self.context.lags <= step).squeeze(1)
