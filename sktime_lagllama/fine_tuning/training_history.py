"""The table that shows how a training went."""

from __future__ import annotations

import time

import pandas as pd

COLUMNS = ("step", "loss", "validation_loss", "learning_rate", "seconds")


class TrainingHistory:
    """Losses and learning rates, a row per validation; time is counted from the construction."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._rows: list[tuple[int, float, float, float, float]] = []

    def add(self, step: int, loss: float, validation_loss: float, learning_rate: float) -> None:
        """Add a row.

        Parameters
        ----------
        step : int
            Number of optimisation steps so far.
        loss : float
            Mean training loss over the steps since the row before, in nats per value.
        validation_loss : float
            In nats per value.
        learning_rate : float
            That of the last step.
        """
        seconds = time.perf_counter() - self._started
        self._rows.append((step, loss, validation_loss, learning_rate, seconds))

    def table(self) -> pd.DataFrame:
        """Return all rows.

        Returns
        -------
        pd.DataFrame
            Index "step", columns "loss", "validation_loss", "learning_rate" and "seconds".
        """
        rows = pd.DataFrame(self._rows, columns=list(COLUMNS))
        return rows.astype({"step": int}).set_index("step")
