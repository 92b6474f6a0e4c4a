"""Checks of parameters: errors name the parameter, what was found and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Check that a value is one of several.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
    choices : sequence of object

    Raises
    ------
    ValueError
        If it is another one.
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {tuple(choices)}, but found {value!r}")


def check_flag(name: str, value: object) -> None:
    """Check that a value is True or False.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, but found {value!r}")


def check_count(name: str, value: object, alternative: str = "") -> None:
    """Check that a value is a positive integer.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
    alternative : str, default=""
        What else the parameter may be, such as " or 'auto'", for the message.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it is less than 1.
    """
    message = f"{name} must be a positive integer{alternative}, but found {value!r}"
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(message)
    if value < 1:
        raise ValueError(message)


def check_number(
    name: str,
    value: object,
    integer: bool = False,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
) -> None:
    """Check that a value is a finite number within limits.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
    integer : bool, default=False
        Whether it must be an integer.
    above, at_least, below : float, optional
        Limits; ``at_least`` may be reached, the others not.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is not finite or outside the limits.
    """
    limits = [
        text
        for limit, text in (
            (above, f"above {above}"),
            (at_least, f"at least {at_least}"),
            (below, f"below {below}"),
        )
        if limit is not None
    ]
    kind = "an integer" if integer else "a number"
    message = f"{name} must be {kind} {' and '.join(limits)}, but found {value!r}"
    if not isinstance(value, Integral if integer else Real) or isinstance(value, bool):
        raise TypeError(message)
    number = float(value)
    if (
        not math.isfinite(number)
        or (above is not None and number <= above)
        or (at_least is not None and number < at_least)
        or (below is not None and number >= below)
    ):
        raise ValueError(message)
