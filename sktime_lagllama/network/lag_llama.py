"""The transformer and its Student-t head, for whole sequences: training, and contexts.

The same network is written a second time, on purpose: ``sampling.path_layers`` and
``sampling.path_attention`` run one new token of every sample path at a time, in a layout that is
fast for that. Both read the same weights. Whoever changes what one of them computes changes both;
``tests/sampling/test_sampler.py::test_paths_are_those_drawn_without_a_cache`` holds them together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from huggingface_hub import PyTorchModelHubMixin
from huggingface_hub.constants import SAFETENSORS_SINGLE_FILE
from torch import Tensor, nn
from torch.nn import functional

from sktime_lagllama.network.autoregressive_head import autoregression, num_coefficients
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.features import Lags, lags_of_tokens
from sktime_lagllama.network.forks import survive_forks
from sktime_lagllama.network.rotary import Rotary, rotary_angles, rotate
from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.network.weights_file import check_finite, read_weights, write_weights

NORM_EPSILON = 1e-5
MIN_DEGREES_OF_FREEDOM = 2.0
INITIAL_LOGIT_OF_LAST_VALUE = 4.0

survive_forks()


class KeysValues(NamedTuple):
    """Rotated keys and values of one layer.

    Attributes
    ----------
    keys, values : Tensor of shape (series, heads, tokens, head_dim)
    """

    keys: Tensor
    values: Tensor


class TransformerLayer(nn.Module):
    """Attention and SwiGLU, each with an RMSNorm before it and a residual connection around it.

    Parameters
    ----------
    config : LagLlamaConfig
    """

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
        """Compute rotated queries, rotated keys, and values.

        Parameters
        ----------
        hidden : Tensor of shape (series, tokens, width)
        rotary : Rotary of shape (tokens, head_dim)

        Returns
        -------
        queries, keys, values : Tensor of shape (series, heads, tokens, head_dim)
        """
        series, tokens, _ = hidden.shape
        projected = self.query_key_value(self.attention_norm(hidden))
        heads = projected.view(series, tokens, 3 * self.num_heads, -1).transpose(1, 2)
        queries_and_keys, values = heads.split((2 * self.num_heads, self.num_heads), dim=1)
        queries, keys = rotate(queries_and_keys, rotary).chunk(2, dim=1)
        return queries, keys, values

    def combine(self, hidden: Tensor, attended: Tensor) -> Tensor:
        """Add the output of attention, and then that of the SwiGLU, to the residual stream.

        Parameters
        ----------
        hidden : Tensor of shape (series, tokens, width)
            The residual stream before the layer.
        attended : Tensor of shape (series, heads, tokens, head_dim)
            The heads' weighted sums of values.

        Returns
        -------
        Tensor of shape (series, tokens, width)
            The residual stream after the layer.
        """
        hidden = hidden + self.attention_output(attended.transpose(1, 2).flatten(2))
        gate, up = self.gate_and_up(self.mlp_norm(hidden)).chunk(2, dim=-1)
        if torch.is_grad_enabled():
            activated = functional.silu(gate) * up
        else:  # without new memory, which would take as long as the operations
            activated = functional.silu(gate, inplace=True).mul_(up)
        return hidden + self.down(activated)


class LagLlama(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="sktime-lagllama",
    tags=["time-series", "forecasting", "lag-llama"],
):
    """Decoder-only transformer over lag tokens with a Student-t head (arXiv 2310.08278, section 4).

    ``save_pretrained(folder)`` writes ``config.json`` and ``model.safetensors``, the latter with
    digests; ``from_pretrained(folder or hub id)`` and ``push_to_hub(id)`` are huggingface_hub's.
    ``from_pretrained`` raises a ValueError for weights that are damaged, missing, infinite or not a
    number, or of other shapes.

    Parameters
    ----------
    config : LagLlamaConfig, optional
        None: the published architecture. A dictionary of the fields is accepted too, because
        ``from_pretrained`` passes what it reads from ``config.json``.
    """

    def __init__(self, config: LagLlamaConfig | dict[str, Any] | None = None) -> None:
        super().__init__()
        if not isinstance(config, LagLlamaConfig):
            config = LagLlamaConfig(**(config or {}))
        self.config = config
        # save_pretrained writes this. Without it, the mixin omits a default configuration.
        self._hub_mixin_config = config
        self.embedding = nn.Linear(config.num_features, config.width)
        # The layers are called "blocks" in the parameter names of every checkpoint, the bundled
        # one included ("blocks.0.down.weight"), so this attribute must keep its name.
        self.blocks = nn.ModuleList(TransformerLayer(config) for _ in range(config.num_layers))
        self.final_norm = nn.RMSNorm(config.width, eps=NORM_EPSILON)
        self.head = nn.Linear(config.width, len(StudentT._fields))
        if config.autoregressive_head:
            self.coefficients = nn.Linear(config.width, num_coefficients(config))

    def _save_pretrained(self, save_directory: Path) -> None:
        """Write the weights, in place of huggingface_hub, which writes no digests."""
        write_weights(save_directory / SAFETENSORS_SINGLE_FILE, self.config, self.state_dict())

    @classmethod
    def _from_pretrained(cls, **options: Any) -> LagLlama:
        """Build the network and load its weights, found by huggingface_hub."""
        # Without storage there is nothing to initialise, however large the configuration is.
        with torch.device("meta"):
            return super()._from_pretrained(**options)

    @classmethod
    def _load_as_safetensor(
        cls, model: Any, model_file: str, map_location: str, strict: bool
    ) -> Any:
        """Load weights, in place of huggingface_hub, which loads what it finds."""
        file = Path(model_file)
        tensors = read_weights(file, model.config.num_weights).tensors
        for name, tensor in tensors.items():
            if not tensor.is_floating_point():
                raise ValueError(f"{file} has no floating point numbers as {name}: save it again")
            check_finite(file, tensor)
        try:
            model.load_state_dict(
                {name: tensor.float() for name, tensor in tensors.items()}, assign=True
            )
        except RuntimeError as error:
            raise ValueError(
                f"{file} does not fit its configuration: {error}. Download or save both again."
            ) from error
        return model.to(map_location).eval()

    @classmethod
    def _load_as_pickle(cls, model: Any, model_file: str, map_location: str, strict: bool) -> Any:
        """Refuse a pickle, which huggingface_hub takes where there is no safetensors file."""
        raise ValueError(
            f"{model_file} is a pickle, which save_pretrained never writes: give a folder or "
            f"repository that has {SAFETENSORS_SINGLE_FILE}"
        )

    @property
    def layers(self) -> list[TransformerLayer]:
        """The layers, the first one first."""
        return cast("list[TransformerLayer]", list(self.blocks))

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
            True for tokens that no other token may attend to. None: no token.

        Returns
        -------
        StudentT of shape (series, tokens)
            In scaled units.
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
        only_last: bool = False,
    ) -> tuple[Tensor, list[KeysValues]]:
        """Run the layers over sequences of tokens.

        Parameters
        ----------
        tokens, rotary, padding
            As in ``forward``.
        keep_cache : bool, default=True
            Whether to return the keys and values of every layer.
        only_last : bool, default=False
            Whether to return the residual stream of the last token only. The last layer then
            computes nothing but keys and values for the tokens before it.

        Returns
        -------
        hidden : Tensor of shape (series, tokens, width) or (series, 1, width)
            The residual stream after the last layer.
        cache : list of KeysValues
            One per layer; empty if ``keep_cache`` is False.
        """
        if rotary is None:
            rotary = rotary_angles(self.config, tokens.shape[1], device=tokens.device)
        mask = None if padding is None else causal_mask(padding)
        cache = []
        hidden = self._embed(tokens)
        for number, layer in enumerate(self.layers, start=1):
            queries, keys, values = layer.project(hidden, rotary)
            if keep_cache:
                cache.append(KeysValues(keys, values))
            if only_last and number == self.config.num_layers:
                hidden, queries = hidden[:, -1:], queries[:, :, -1:]
                mask = None if mask is None else mask[:, :, -1:]
            hidden = layer.combine(hidden, _attend(queries, keys, values, mask))
        return hidden, cache

    def _embed(self, tokens: Tensor) -> Tensor:
        """Return the residual stream before the first layer, of shape (series, tokens, width)."""
        with in_full_precision(tokens):
            return self.embedding(tokens)

    def residual_streams(
        self, tokens: Tensor, rotary: Rotary | None = None, padding: Tensor | None = None
    ) -> Iterator[Tensor]:
        """Run the layers over sequences of tokens, and give what comes out of each.

        Parameters
        ----------
        tokens, rotary, padding
            As in ``forward``.

        Yields
        ------
        Tensor of shape (series, tokens, width)
            The residual stream before the first layer, and after each layer. A layer is computed
            when its output is asked for.
        """
        if rotary is None:
            rotary = rotary_angles(
                self.config, tokens.shape[1], device=tokens.device, dtype=tokens.dtype
            )
        mask = None if padding is None else causal_mask(padding)
        hidden = self._embed(tokens)
        yield hidden
        for layer in self.layers:
            hidden = layer.combine(hidden, _attend(*layer.project(hidden, rotary), mask))
            yield hidden

    def distribution(self, hidden: Tensor, lags: Lags | None = None) -> StudentT:
        """Compute the predicted distributions from the residual stream.

        Parameters
        ----------
        hidden : Tensor of shape (..., width)
        lags : Lags of shape (..., lags), optional
            Lags of the same tokens. Only an autoregressive head needs and uses them.

        Returns
        -------
        StudentT of shape (...)
            In scaled units and float32.

        Raises
        ------
        TypeError
            If the model has an autoregressive head and ``lags`` is None.
        """
        with in_full_precision(hidden):
            normalised = self.final_norm(hidden)
            raw = self.head(normalised)
            has_lags = self.config.autoregressive_head
            coefficients = self.coefficients(normalised) if has_lags else None
            return self.student_t(raw, coefficients, lags)

    def student_t(
        self, raw: Tensor, coefficients: Tensor | None = None, lags: Lags | None = None
    ) -> StudentT:
        """Turn the outputs of the heads into distributions.

        Parameters
        ----------
        raw : Tensor of shape (..., 3)
            Output of ``head``: df, loc and scale before they are limited to their ranges.
        coefficients : Tensor of shape (..., 3 * lags + 1), optional
            Output of ``coefficients``, the autoregressive head.
        lags : Lags of shape (..., lags), optional
            As in ``distribution``.

        Returns
        -------
        StudentT of shape (...)
            In scaled units and float32.

        Raises
        ------
        TypeError
            If there are coefficients without lags.
        """
        df, loc, scale = raw.float().unbind(-1)
        if coefficients is not None:
            if lags is None:
                raise TypeError("lags must be given to a model with an autoregressive head")
            loc = loc + autoregression(coefficients.float(), lags)
        return StudentT(
            df=MIN_DEGREES_OF_FREEDOM + functional.softplus(df),
            loc=loc,
            scale=functional.softplus(scale).clamp_min(torch.finfo(torch.float32).eps)
            * self.config.dispersion,
        )


def _attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Return each query's weighted sum of the values that it may attend to.

    Parameters
    ----------
    queries : Tensor of shape (series, heads, queries, head_dim)
    keys, values : Tensor of shape (series, heads, tokens, head_dim)
    mask : bool Tensor of shape (series, 1, queries, tokens), optional
        As ``causal_mask`` returns it. None: a query attends to its own token and all earlier ones.

    Returns
    -------
    Tensor of shape (series, heads, queries, head_dim)
    """
    is_causal = mask is None and queries.shape[2] > 1
    return functional.scaled_dot_product_attention(
        queries, keys, values, attn_mask=mask, is_causal=is_causal
    )


def in_full_precision(tensor: Tensor) -> torch.autocast:
    """Return a context in which autocast is off on a tensor's device.

    A training in bfloat16 computes the layers so. What enters and leaves them keeps its precision,
    or a smooth series could not be told from its rounding errors.
    """
    return torch.autocast(tensor.device.type, enabled=False)


def causal_mask(padding: Tensor) -> Tensor:
    """Return which tokens each token may attend to: itself, and earlier ones without padding.

    Parameters
    ----------
    padding : bool Tensor of shape (series, tokens)

    Returns
    -------
    bool Tensor of shape (series, 1, tokens, tokens)
        True where the token of the third axis may attend to that of the last.
    """
    tokens = padding.shape[1]
    earlier = torch.ones(tokens, tokens, dtype=torch.bool, device=padding.device).tril(-1)
    itself = torch.eye(tokens, dtype=torch.bool, device=padding.device)
    return ((~padding[:, None, :] & earlier) | itself)[:, None]


def initialise(model: LagLlama) -> None:
    """Set the weights for training from scratch, in place.

    Matrices are normal, with the smaller standard deviation of GPT-2 (Radford et al., 2019,
    section 2.3) where their product is added to the residual stream; norms are 1 and biases 0.

    Parameters
    ----------
    model : LagLlama
    """
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
