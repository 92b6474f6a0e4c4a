"""Networks of the sizes of Chronos-Bolt, with random weights: time does not depend on their values.

The numbers are those of ``config.json`` in huggingface.co/amazon/chronos-bolt-tiny and -small. As
float32, networks made of them take 34.6 and 191 MB, as the published files do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PATCH = 16
CONTEXT = 2048
OUTPUT_STEPS = 64
QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@dataclass(frozen=True)
class Size:
    """What distinguishes one network of the family from another.

    Parameters
    ----------
    width, mlp_width : int
        Of a token, and inside the MLP.
    num_layers : int
        Of the encoder, and as many of the decoder.
    num_heads : int
        Of 64 numbers each.
    """

    width: int
    mlp_width: int
    num_layers: int
    num_heads: int


SIZES = {"tiny": Size(256, 1024, 4, 4), "small": Size(512, 2048, 6, 8)}


def random_pipeline(size: Size) -> Any:
    """Return a ``ChronosBoltPipeline`` with random weights, made without any download.

    Parameters
    ----------
    size : Size

    Returns
    -------
    chronos.ChronosBoltPipeline
    """
    from chronos import ChronosBoltPipeline
    from chronos.chronos_bolt import ChronosBoltModelForForecasting
    from transformers import T5Config

    config = T5Config(
        d_model=size.width,
        d_kv=64,
        d_ff=size.mlp_width,
        num_layers=size.num_layers,
        num_decoder_layers=size.num_layers,
        num_heads=size.num_heads,
        vocab_size=2,  # padding, and the token that stands for the whole series
        pad_token_id=0,
        decoder_start_token_id=0,
        reg_token_id=1,
        feed_forward_proj="relu",
        chronos_config={
            "context_length": CONTEXT,
            "prediction_length": OUTPUT_STEPS,
            "input_patch_size": PATCH,
            "input_patch_stride": PATCH,
            "quantiles": QUANTILES,
            "use_reg_token": True,
        },
    )
    return ChronosBoltPipeline(ChronosBoltModelForForecasting(config).eval())
