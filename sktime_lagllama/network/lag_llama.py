"""The transformer and its Student-t head."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, cast

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn import functional

from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Lags, lags_of_tokens
from sktime_lagllama.network.rotary import Rotary, rotary_angles, rotate
from sktime_lagllama.network.student_t import StudentT

NORM_EPSILON = 1e-5
MINIMUM_DEGREES_OF_FREEDOM = 2.0
UNOBSERVED_LOGIT = -1e4
INITIAL_LOGIT_OF_LAST_VALUE = 4.0


class KeysValues(NamedTuple):
    """Rotated keys and values of one block, each of shape (series, heads, tokens, head_dim)."""

    keys: Tensor
    values: Tensor


class Block(nn.Module):
    """One transformer block: attention and SwiGLU, each after an RMSNorm and added on."""

    def __init__(self, config: LagLlamaConfig) -> None:
        super().__init__()
        width, mlp_width = config.width, config.mlp_width
        self.num_heads = config.num_heads
        self.attention_norm = nn.RMSNorm(width, eps=NORM_EPSILON)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.attention_output = nn.Linear(width, width, bias=False)
        self.mlp_norm = nn.RMSNorm(width, eps=NORM_EPSILON)
        self.gate_and_up = nn.Linear(width, 2 * mlp_width, bias=False)
        self.down = nn.Linear(mlp_width, width, bias=False)

    def project(self, hidden: Tensor, rotary: Rotary) -> tuple[Tensor, Tensor, Tensor]:
        """Return rotated queries, rotated keys and values.

        Parameters
        ----------
        hidden : Tensor of shape (series, tokens, width)
        rotary : Rotary of shape (tokens, head_dim)

        Returns
        -------
        tuple of three Tensors of shape (series, heads, tokens, head_dim)
        """
        series, tokens, _ = hidden.shape
        projected = self.query_key_value(self.attention_norm(hidden))
        heads = projected.view(series, tokens, 3 * self.num_heads, -1).transpose(1, 2)
        queries_and_keys, values = heads.split((2 * self.num_heads, self.num_heads), dim=1)
        queries, keys = rotate(queries_and_keys, rotary).chunk(2, dim=1)
        return queries, keys, values

    def combine(self, hidden: Tensor, attended: Tensor) -> Tensor:
        """Add the attention's result and then the SwiGLU's to the residual stream.

        Parameters
        ----------
        hidden : Tensor of shape (series, tokens, width)
        attended : Tensor of shape (series, heads, tokens, head_dim)

        Returns
        -------
        Tensor of shape (series, tokens, width)
        """
        hidden = hidden + self.attention_output(attended.transpose(1, 2).flatten(2))
        gate, up = self.gate_and_up(self.mlp_norm(hidden)).chunk(2, dim=-1)
        return hidden + self.down(functional.silu(gate) * up)


class LagLlama(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="sktime-lagllama",
    tags=["time-series", "forecasting", "lag-llama"],
):
    """Decoder-only transformer over lag tokens with a Student-t head (arXiv 2310.08278, section 4).

    ``save_pretrained(folder)`` writes ``config.json`` and ``model.safetensors``;
    ``from_pretrained(folder or hub id)`` and ``push_to_hub(id)`` are huggingface_hub's.

    Parameters
    ----------
    config : LagLlamaConfig, optional
        None: the published architecture. A dictionary of its fields, which is what
        ``from_pretrained`` finds in ``config.json``, will do.
    """

    def __init__(self, config: LagLlamaConfig | dict[str, Any] | None = None) -> None:
        super().__init__()
        if not isinstance(config, LagLlamaConfig):
            config = LagLlamaConfig(**(config or {}))
        self.config = config
        # What save_pretrained writes; the mixin itself misses the default configuration.
        self._hub_mixin_config = config
        self.embedding = nn.Linear(config.num_features, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_layers))
        self.final_norm = nn.RMSNorm(config.width, eps=NORM_EPSILON)
        self.head = nn.Linear(config.width, len(StudentT._fields))
        if config.autoregressive_head:
            self.coefficients = nn.Linear(config.width, num_coefficients(config))

    @property
    def layers(self) -> list[Block]:
        """The blocks, the first one first."""
        return cast("list[Block]", list(self.blocks))

    def forward(
        self, tokens: Tensor, rotary: Rotary | None = None, padding: Tensor | None = None
    ) -> StudentT:
        """Predict, at every token, the distribution of the value one step later.

        Parameters
        ----------
        tokens : Tensor of shape (series, tokens, features)
        rotary : Rotary of shape (tokens, head_dim), optional
            None: unscaled positions from 0.
        padding : bool Tensor of shape (series, tokens), optional
            True where no other token may attend to a token.

        Returns
        -------
        StudentT of shape (series, tokens)
        """
        hidden, _ = self.encode(tokens, rotary, padding, keep_cache=False)
        lags = lags_of_tokens(tokens, self.config) if self.config.autoregressive_head else None
        return self.distribution(hidden, lags)

    def encode(
        self,
        tokens: Tensor,
        rotary: Rotary | None = None,
        padding: Tensor | None = None,
        keep_cache: bool = True,
    ) -> tuple[Tensor, list[KeysValues]]:
        """Run the blocks over a context.

        Parameters
        ----------
        tokens, rotary, padding
            As in ``forward``.
        keep_cache : bool, default=True
            Whether to return each block's keys and values.

        Returns
        -------
        hidden : Tensor of shape (series, tokens, width)
        cache : list of KeysValues, one a block; empty if not kept
        """
        if rotary is None:
            rotary = rotary_angles(self.config, tokens.shape[1], device=tokens.device)
        mask = None if padding is None else causal_mask(padding)
        cache = []
        hidden = self.embedding(tokens)
        for block in self.layers:
            queries, keys, values = block.project(hidden, rotary)
            if keep_cache:
                cache.append(KeysValues(keys, values))
            attended = functional.scaled_dot_product_attention(
                queries, keys, values, attn_mask=mask, is_causal=mask is None
            )
            hidden = block.combine(hidden, attended)
        return hidden, cache

    def distribution(self, hidden: Tensor, lags: Lags | None = None) -> StudentT:
        """Read the Student-t parameters off the residual stream, in float32.

        Parameters
        ----------
        hidden : Tensor of shape (..., width)
        lags : Lags of shape (..., lags), optional
            Of the same tokens; needed, and used, with an autoregressive head only.

        Returns
        -------
        StudentT of shape (...), in scaled units
        """
        read = self.final_norm(hidden)
        coefficients = self.coefficients(read) if self.config.autoregressive_head else None
        return self.student_t(self.head(read), coefficients, lags)

    def student_t(
        self, raw: Tensor, coefficients: Tensor | None = None, lags: Lags | None = None
    ) -> StudentT:
        """Turn what the heads read into distributions.

        Parameters
        ----------
        raw : Tensor of shape (..., 3)
            The head's.
        coefficients : Tensor of shape (..., 3 * lags + 1), optional
            The autoregressive head's.
        lags : Lags of shape (..., lags), optional
            As in ``distribution``.

        Returns
        -------
        StudentT of shape (...), in scaled units
        """
        df, loc, scale = raw.float().unbind(-1)
        if coefficients is not None:
            if lags is None:
                raise TypeError("lags must be given to a model with an autoregressive head")
            loc = loc + autoregression(coefficients.float(), lags)
        return StudentT(
            df=MINIMUM_DEGREES_OF_FREEDOM + functional.softplus(df),
            loc=loc,
            scale=functional.softplus(scale).clamp_min(torch.finfo(torch.float32).eps)
            * self.config.dispersion,
        )


def num_coefficients(config: LagLlamaConfig) -> int:
    """Return how many numbers per token ``autoregression`` needs: three per lag, and one."""
    return 3 * len(config.lags) + 1


def autoregression(raw: Tensor, lags: Lags) -> Tensor:
    """Return ``sum_k (p_k + g (q_k - r_k)) lag_k``, a shift-equivariant autoregression.

    ``p``, ``q`` and ``r`` are softmax weights over the observed lags and ``g`` lies between -1 and
    1, so that the coefficients sum to 1 and their absolute values to at most 3: a seasonal random
    walk, ``x[t - 1] + x[t - 12] - x[t - 13]``, is one of them.

    Parameters
    ----------
    raw : float32 Tensor of shape (..., 3 * lags + 1)
        Logits of p, q and r, and the inverse hyperbolic tangent of g.
    lags : Lags of shape (..., lags)

    Returns
    -------
    float32 Tensor of shape (...)
    """
    logits = raw[..., :-1].unflatten(-1, (3, -1)) + UNOBSERVED_LOGIT * (
        1 - lags.observed[..., None, :]
    )
    level, added, subtracted = (logits.softmax(-1) @ lags.values[..., None]).squeeze(-1).unbind(-1)
    return level + torch.tanh(raw[..., -1]) * (added - subtracted)


def causal_mask(padding: Tensor) -> Tensor:
    """Return which token may attend to which: itself, and earlier ones that are not padding.

    Parameters
    ----------
    padding : bool Tensor of shape (series, tokens)

    Returns
    -------
    bool Tensor of shape (series, 1, tokens, tokens), True where attention is allowed
    """
    tokens = padding.shape[1]
    earlier = torch.ones(tokens, tokens, dtype=torch.bool, device=padding.device).tril(-1)
    itself = torch.eye(tokens, dtype=torch.bool, device=padding.device)
    return ((~padding[:, None, :] & earlier) | itself)[:, None]


def initialise(model: LagLlama) -> None:
    """Set weights for training from scratch: normal, smaller where they add to the residual."""
    deviation = model.config.width**-0.5
    residual_deviation = deviation / math.sqrt(2 * model.config.num_layers)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            nn.init.constant_(parameter, 1.0 if "norm" in name else 0.0)
        elif "attention_output" in name or "down" in name:
            nn.init.normal_(parameter, std=residual_deviation)
        else:
            nn.init.normal_(parameter, std=min(deviation, parameter.shape[1] ** -0.5))
    if model.config.autoregressive_head:
        # Training starts near the last value, not at the mean of all lags.
        nn.init.constant_(model.coefficients.bias[0], INITIAL_LOGIT_OF_LAST_VALUE)
