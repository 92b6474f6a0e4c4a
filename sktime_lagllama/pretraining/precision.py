"""In which precision a training computes, and how fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


@contextmanager
def layers_in_bfloat16(device: torch.device) -> Iterator[None]:
    """Compute products of matrices in bfloat16 while the context lasts.

    On a CPU, attention is then computed by products of matrices as well. The gradient of torch's
    fused attention takes two fifths of a step there.

    Parameters
    ----------
    device : torch.device

    Yields
    ------
    None
    """
    with torch.autocast(device.type, dtype=torch.bfloat16):
        if device.type != "cpu":
            yield
            return
        # The switch is torch.backends.cuda's, but the CPU's attention asks for it as well.
        was_allowed = torch.backends.cuda.fp16_bf16_reduction_math_sdp_allowed()
        torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(True)
        try:
            with sdpa_kernel(SDPBackend.MATH):
                yield
        finally:
            torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp(was_allowed)
