"""Published errors of other foundation models, on the sets that are the same here and there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SOURCE = (
    "github.com/autogluon/fev, benchmarks/chronos_zeroshot/results, and "
    "github.com/amazon-science/chronos-forecasting, scripts/evaluation/results"
)


class Published(NamedTuple):
    """Errors on the sets of ``SETS``, rounded.

    Attributes
    ----------
    mase, wql : tuple of float
        WQL over the deciles.
    """

    mase: tuple[float, ...]
    wql: tuple[float, ...]


SETS = (
    "M1 monthly",
    "M1 quarterly",
    "M1 yearly",
    "M3 monthly",
    "M3 quarterly",
    "M3 yearly",
    "Tourism monthly",
    "Tourism quarterly",
)
"""Tourism yearly is not among them: its series there are others (their naive MASE is 3.552)."""

SEASONAL_NAIVE = Published(
    (1.3145, 2.0775, 4.8943, 1.1462, 1.4253, 3.1717, 1.6309, 1.6990),
    (0.1915, 0.1495, 0.2093, 0.1485, 0.1013, 0.1665, 0.1042, 0.1194),
)

MODELS = {
    "TiRex, 35 million parameters": Published(
        (1.0604, 1.6740, 3.7032, 0.8308, 1.1542, 2.7099, 1.4488, 1.6060),
        (0.1323, 0.0996, 0.1312, 0.0899, 0.0699, 0.1264, 0.0749, 0.0592),
    ),
    "TimesFM 2.0, 500 million": Published(
        (1.0519, 1.7111, 3.5960, 0.8321, 1.2018, 2.8216, 1.6224, 1.7985),
        (0.1299, 0.1128, 0.1448, 0.0887, 0.0753, 0.1439, 0.0850, 0.0700),
    ),
    "Chronos-T5 large, 710 million": Published(
        (1.0889, 1.7477, 4.2507, 0.8559, 1.1867, 3.0239, 1.7304, 1.6437),
        (0.1273, 0.1062, 0.1713, 0.0957, 0.0745, 0.1481, 0.0998, 0.0691),
    ),
    "Chronos-Bolt base, 205 million": Published(
        (1.0998, 1.7738, 4.4047, 0.8511, 1.2891, 2.9067, 1.5283, 1.7561),
        (0.1392, 0.1007, 0.1505, 0.0927, 0.0762, 0.1293, 0.0903, 0.0645),
    ),
    "Moirai 1.1 large, 311 million": Published(
        (1.1365, 1.7361, 4.0232, 0.9034, 1.1666, 2.9414, 1.7150, 1.9268),
        (0.1675, 0.1096, 0.1260, 0.0969, 0.0705, 0.1315, 0.1040, 0.0817),
    ),
}
"""The largest of their families among those whose errors are published by set."""


def relative(errors: Published) -> tuple[float, float]:
    """Return geometric means of the ratios to the seasonal naive forecast.

    Parameters
    ----------
    errors : Published

    Returns
    -------
    mase, wql : float
    """
    mase, wql = (
        float(np.exp(np.mean(np.log(np.divide(own, naive)))))
        for own, naive in zip(errors, SEASONAL_NAIVE, strict=True)
    )
    return mase, wql
