"""The learning rate rises to its peak and then follows a schedule."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sktime_lagllama.training.learning_rate import Schedule, cooldown_factor, learning_rate_factor

SCHEDULES = st.sampled_from(["cosine", "linear", "constant"])


@st.composite
def trainings(draw: st.DrawFn) -> tuple[float, float]:
    """Draw the end of the warm-up and of the training."""
    end = draw(st.floats(1e-3, 1e6))
    return end * draw(st.just(0.0) | st.floats(1e-6, 0.99)), end


@given(training=trainings(), share=st.floats(0, 1), schedule=SCHEDULES)
def test_the_factor_is_a_share(
    training: tuple[float, float], share: float, schedule: Schedule
) -> None:
    warm_up, end = training
    assert 0 <= learning_rate_factor(share * end, warm_up, end, schedule) <= 1


@given(training=trainings(), share=st.floats(0, 0.999), schedule=SCHEDULES)
def test_the_warm_up_is_linear(
    training: tuple[float, float], share: float, schedule: Schedule
) -> None:
    warm_up, end = training
    assume(share * warm_up < warm_up)
    factor = learning_rate_factor(share * warm_up, warm_up, end, schedule)
    assert factor == pytest.approx(share, abs=1e-12)


@given(training=trainings(), schedule=SCHEDULES)
def test_the_peak_is_at_the_end_of_the_warm_up(
    training: tuple[float, float], schedule: Schedule
) -> None:
    warm_up, end = training
    assert learning_rate_factor(warm_up, warm_up, end, schedule) == 1


@given(training=trainings())
def test_cosine_and_linear_end_at_zero_and_meet_halfway(training: tuple[float, float]) -> None:
    warm_up, end = training
    halfway = (warm_up + end) / 2
    for schedule in ("cosine", "linear"):
        assert learning_rate_factor(end, warm_up, end, schedule) == pytest.approx(0, abs=1e-12)
        middle = learning_rate_factor(halfway, warm_up, end, schedule)
        assert middle == pytest.approx(0.5, abs=1e-9)


@given(training=trainings(), first=st.floats(0, 1), second=st.floats(0, 1), schedule=SCHEDULES)
def test_the_factor_never_rises_after_the_warm_up(
    training: tuple[float, float], first: float, second: float, schedule: Schedule
) -> None:
    warm_up, end = training
    earlier, later = (
        learning_rate_factor(warm_up + share * (end - warm_up), warm_up, end, schedule)
        for share in sorted((first, second))
    )
    assert later <= earlier
    if schedule == "constant":
        assert later == 1


@given(training=trainings(), share=st.floats(0, 1), cooldown=st.floats(0.01, 1))
def test_a_cooldown_is_the_peak_until_it_begins_and_ends_at_zero(
    training: tuple[float, float], share: float, cooldown: float
) -> None:
    warm_up, end = training
    start = max(warm_up, end * (1 - cooldown))

    def factor(position: float) -> float:
        return cooldown_factor(position, warm_up, end, cooldown)

    assert factor(warm_up + share * (start - warm_up)) == pytest.approx(1, abs=1e-3)
    assert factor(start + 0.75 * (end - start)) == pytest.approx(1 - 0.75**0.5, abs=1e-6)
    assert factor(end) == pytest.approx(0, abs=1e-6)
    assert factor(warm_up / 2) == pytest.approx(0.5 if warm_up else 1, abs=1e-3)


@given(training=trainings(), share=st.floats(0, 1), schedule=SCHEDULES, factor=st.floats(0.1, 10))
def test_the_unit_of_the_position_does_not_matter(
    training: tuple[float, float], share: float, schedule: Schedule, factor: float
) -> None:
    warm_up, end = training
    position = share * end
    assume(not math.isclose(position, warm_up, rel_tol=1e-9))
    assert learning_rate_factor(
        factor * position, factor * warm_up, factor * end, schedule
    ) == pytest.approx(learning_rate_factor(position, warm_up, end, schedule), abs=1e-9)
