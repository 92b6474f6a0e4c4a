"""The variants that are compared: the bundled architecture and recipe with a part changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    """Changes of the bundled configuration and of the recipe.

    Parameters
    ----------
    config : mapping
        Changed fields of ``LagLlamaConfig``, with their values.
    recipe : mapping
        Changed fields of ``Recipe``, with their values.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)


VARIANTS = {
    "as bundled": Variant(),
    "as bundled, seed 1": Variant(recipe={"seed": 1}),
    "as bundled, seed 2": Variant(recipe={"seed": 2}),
    "`autoregressive_head=False`": Variant({"autoregressive_head": False}),
    "`arcsinh_lags=False`": Variant({"arcsinh_lags": False}),
    "`level_features='absolute'`": Variant({"level_features": "absolute"}),
    "`observed_features=False`": Variant({"observed_features": False}),
    "neither `observed_features` nor `arcsinh_lags`": Variant(
        {"observed_features": False, "arcsinh_lags": False}
    ),
    "neither `observed_features` nor `autoregressive_head`": Variant(
        {"observed_features": False, "autoregressive_head": False}
    ),
    "`center_unobserved=False`": Variant({"center_unobserved": False}),
    "`mask_padding=False`": Variant({"mask_padding": False}),
    "AdamW instead of Muon": Variant(recipe={"muon": False}),
    "`context_weight=1.0`": Variant(recipe={"context_weight": 1.0}),
}
"""By the name in the report."""
