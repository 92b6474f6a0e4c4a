"""What the measurements must show."""

from __future__ import annotations


def verdict(criterion: str, measured: float, met: bool) -> str:
    """Return a line of the report that says whether a criterion is met.

    Parameters
    ----------
    criterion : str
        In words.
    measured : float
    met : bool

    Returns
    -------
    str
    """
    return f"Criterion: {criterion}. Found {measured:.3f}: **{'met' if met else 'MISSED'}**."
