"""Paths of a block of series, drawn step by step from its context."""

from __future__ import annotations

from bisect import bisect_right

import torch
from torch import Tensor

from sktime_lagllama.network.features import MAX_SCALED_VALUE, Lags, transform_lags
from sktime_lagllama.network.student_t import standard_quantile
from sktime_lagllama.sampling.buffers import Buffers
from sktime_lagllama.sampling.path_layers import PathLayers
from sktime_lagllama.sampling.prefill import Context
from sktime_lagllama.sampling.sampled_paths import SampledPaths


class Decoder:
    """Draws a chunk of paths, the same number for every series of a block.

    Every value that is drawn becomes part of its path's next tokens. Each step runs one token of
    every path through the network.

    Parameters
    ----------
    context : Context
        Of the block of series.
    num_samples : int
        Paths per series.
    nonnegative : bool
        Whether every value enters tokens clipped at zero, in data units.
    buffers : Buffers
        In use until the paths are drawn.
    """

    def __init__(
        self,
        context: Context,
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
        if horizon > 1:
            self.layers = PathLayers(context, num_samples, buffers)
        # In scaled units: the values, unclipped, and df, loc and scale of their distributions.
        self.values = torch.empty(num_series, num_samples, horizon, device=device)
        self.distributions = self.values.new_empty(3, horizon, num_series, num_samples)
        # The values, the newest one first, and again in the form in which they enter tokens: the
        # lags that reach no further back than a path are the columns of these numbers.
        self.newest_first = self.values.new_empty(num_series * num_samples, horizon)
        self.lag_values = context.hidden.new_empty(num_series * num_samples, horizon)

    def draw(self, normal_scores: Tensor) -> SampledPaths:
        """Draw the paths; to be called once.

        Parameters
        ----------
        normal_scores : float32 Tensor of shape (horizon, series, num_samples)
            Standard normal quantiles of the probabilities whose Student-t quantiles are drawn.

        Returns
        -------
        SampledPaths of shape (series, num_samples, horizon)
        """
        context = self.context
        distribution = context.one_step_distribution()
        for step in range(context.horizon):
            for field, of_step in zip(self.distributions[:, step], distribution, strict=True):
                field.copy_(of_step)
            drawn = standard_quantile(normal_scores[step], distribution.df)
            value = torch.addcmul(distribution.loc, distribution.scale, drawn)
            # An autoregression can grow along a path until float32 ends.
            value.clamp_(-MAX_SCALED_VALUE, MAX_SCALED_VALUE)
            self.values[:, :, step] = value
            if self.min_value is not None:
                value = torch.maximum(value, self.min_value)
            if self.layers is not None and step + 1 < context.horizon:
                self._embed_tokens(step, value, self.layers.hidden)
                hidden = self.layers.run()
                by_path = hidden.view(*value.shape, -1)
                distribution = context.model.distribution(by_path, self._lags(step))
        return self._in_data_units()

    def _in_data_units(self) -> SampledPaths:
        """Return what was drawn, on the CPU."""
        window_loc, window_scale = self.context.loc[:, None], self.context.scale[:, None]
        values = self.values.cpu().double() * window_scale + window_loc
        df, loc, scale = self.distributions.permute(0, 2, 3, 1).cpu().double()
        in_data_units = (values, df, loc * window_scale + window_loc, scale * window_scale)
        return SampledPaths(*(field.numpy() for field in in_data_units))

    def _embed_tokens(self, step: int, value: Tensor, hidden: Tensor) -> None:
        """Embed the tokens of the values that were drawn last.

        Parameters
        ----------
        step : int
            Of these values, from 0.
        value : Tensor of shape (series, num_samples)
        hidden : Tensor of shape (paths, width)
            Overwritten by the embedded tokens.
        """
        context, place = self.context, self.context.horizon - 1 - step
        self.newest_first[:, place] = value.flatten()
        self.lag_values[:, place] = transform_lags(value, context.model.config).flatten()
        count = self._num_lags_within_path(step)
        known = (
            context.known_embedding[step, :, None].expand(-1, self.num_samples, -1).flatten(0, 1)
        )
        values = self.lag_values[:, place:].index_select(1, context.lags[:count])
        torch.addmm(known, values, context.model.embedding.weight[:, :count].t(), out=hidden)

    def _lags(self, step: int) -> Lags | None:
        """Return the lags of the tokens of the values that were drawn last.

        Parameters
        ----------
        step : int
            Of these values, from 0.

        Returns
        -------
        Lags of shape (series, samples, lags), optional
            None for a model without an autoregressive head.
        """
        context = self.context
        if context.known_lags is None:
            return None
        # The first of the known lags are those of the context's last token.
        known, observed = (part[:, step + 1, None] for part in context.known_lags)
        count = self._num_lags_within_path(step)
        newest_first = self.newest_first[:, context.horizon - 1 - step :]
        within_path = newest_first.index_select(1, context.lags[:count])
        known = known[:, :, count:].expand(-1, self.num_samples, -1)
        return Lags(torch.cat((within_path.view(*known.shape[:2], count), known), 2), observed)

    def _num_lags_within_path(self, step: int) -> int:
        """Return how many lags, the first ones, reach no further back than step 0."""
        return bisect_right(self.context.model.config.lags, step)
