"""The fit that the constants of ``network.student_t_coefficients`` come from.

``python -m tests.support.student_t_fit`` prints that module's tables.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from sktime_lagllama._typing import Float64Array
from sktime_lagllama.network.student_t_coefficients import CENTRE, MAX_SQUARE

DIGITS = 40
MAX_INVERSE_DF = 0.5
"""A degree of freedom is no less than 2."""

Ratio = Callable[[mpmath.mpf, mpmath.mpf], mpmath.mpf]


def of_scores(square: mpmath.mpf, df: mpmath.mpf) -> mpmath.mpf:
    """Return what makes ``w**2`` of ``square * df = z**2``: ``df * (w**2 / z**2 - 1)``."""
    score = mpmath.sqrt(square * df)
    target = _log_normal_tail(score)
    start = mpmath.sqrt(score**2 + mpmath.log(square / -mpmath.expm1(-square)))
    root = mpmath.findroot(lambda w: _log_student_t_tail(w, df) - target, start)
    return df * ((root / score) ** 2 - 1)


def of_deviations(square: mpmath.mpf, df: mpmath.mpf) -> mpmath.mpf:
    """Return what makes ``z**2`` of ``square * df = w**2``: ``df * (z**2 / w**2 - 1)``."""
    deviation = mpmath.sqrt(square * df)
    target = _log_student_t_tail(deviation, df)
    start = mpmath.sqrt(deviation**2 - mpmath.log(square / -mpmath.expm1(-square)))
    root = mpmath.findroot(lambda z: _log_normal_tail(z) - target, start)
    return df * ((root / deviation) ** 2 - 1)


def fitted(ratio: Ratio, degree: int, degree_df: int) -> Float64Array:
    """Interpolate a function at Chebyshev nodes.

    Parameters
    ----------
    ratio : callable
        ``of_scores`` or ``of_deviations``.
    degree, degree_df : int
        In the square, and in ``1 / df``.

    Returns
    -------
    float64 array of shape (degree_df + 1, degree + 1)
        Coefficients of the powers.
    """
    domain = (-1.0, (MAX_SQUARE - CENTRE) / (MAX_SQUARE + CENTRE))
    domain_df = (0.0, MAX_INVERSE_DF)
    to_powers, nodes = _interpolation(degree, domain)
    to_powers_df, nodes_df = _interpolation(degree_df, domain_df)
    with mpmath.workdps(DIGITS):
        values = [
            [float(ratio(CENTRE * (1 + mpmath.mpf(x)) / (1 - x), 1 / mpmath.mpf(u))) for x in nodes]
            for u in nodes_df
        ]
    return to_powers_df @ np.array(values) @ to_powers.T


def _log_normal_tail(score: mpmath.mpf) -> mpmath.mpf:
    return mpmath.log(mpmath.erfc(score / mpmath.sqrt(2)) / 2)


def _log_student_t_tail(deviation: mpmath.mpf, df: mpmath.mpf) -> mpmath.mpf:
    """Return the logarithm of the probability above ``t``, where ``w`` is the deviation."""
    tail = mpmath.betainc(df / 2, 0.5, 0, mpmath.exp(-(deviation**2) / df), regularized=True)
    return mpmath.log(tail / 2)


def _interpolation(degree: int, domain: tuple[float, float]) -> tuple[Float64Array, Float64Array]:
    """Return the matrix from values at nodes to coefficients of powers, and the nodes."""
    nodes = np.cos((np.arange(degree + 1) + 0.5) / (degree + 1) * np.pi)
    to_chebyshev = np.linalg.inv(np.polynomial.chebyshev.chebvander(nodes, degree))
    to_powers = np.zeros((degree + 1, degree + 1))
    for power in range(degree + 1):
        polynomial = Chebyshev.basis(power, domain).convert(kind=Polynomial)
        to_powers[: power + 1, power] = polynomial.coef
    low, high = domain
    return to_powers @ to_chebyshev, low + (nodes + 1) / 2 * (high - low)


def main() -> None:
    """Print the tables."""
    for name, ratio, degree, degree_df in (
        ("QUANTILE", of_scores, 12, 6),
        ("SCORE", of_deviations, 14, 8),
    ):
        print(f"{name}_TABLE = (")
        for row in fitted(ratio, degree, degree_df):
            print(f"    ({', '.join(f'{value:.12g}' for value in row)}),")
        print(")")


if __name__ == "__main__":
    main()
