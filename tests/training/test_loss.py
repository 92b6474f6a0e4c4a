"""The loss is the one that torch would compute."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from sktime_lagllama.network.student_t import StudentT
from sktime_lagllama.training.loss import negative_log_likelihood


@given(
    df=st.floats(2.001, 200),
    loc=st.floats(-10, 10),
    scale=st.floats(1e-3, 100),
    target=st.floats(-1e3, 1e3),
)
def test_loss_is_the_negative_log_density(
    df: float, loc: float, scale: float, target: float
) -> None:
    distribution = StudentT(
        *(torch.tensor([[value]], dtype=torch.float64) for value in (df, loc, scale))
    )
    reference = torch.distributions.StudentT(
        distribution.df, loc=distribution.loc, scale=distribution.scale
    )
    expected = -reference.log_prob(torch.tensor(target))
    actual = negative_log_likelihood(distribution, torch.tensor([[target]]))
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6, check_dtype=False)
