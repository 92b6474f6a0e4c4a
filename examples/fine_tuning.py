"""Adapt the weights to a panel whose pattern the checkpoint has not seen, and use them anew.

Run ``python examples/fine_tuning.py``: machines run a cycle of 37 steps in which every other peak
is cut off. The network learns it from twenty machines and forecasts a twenty-first.
"""

import tempfile

import numpy as np
import pandas as pd

from sktime_lagllama import FineTuning, LagLlamaForecaster

HORIZON = 37


def machine(start: int, random: np.random.Generator, length: int = 300) -> pd.DataFrame:
    """Return the load of a machine that began its cycle some steps before it was observed."""
    step = np.arange(start, start + length)
    cycle = (step % 37) / 37
    load = np.where(step // 37 % 2, np.minimum(cycle, 0.4), cycle)
    return pd.DataFrame({"load": 100 * load + random.standard_normal(length)})


def main() -> None:
    """Compare forecasts of a new machine before and after pretraining on others."""
    random = np.random.default_rng(0)
    panel = pd.concat(
        {number: machine(7 * number, random) for number in range(20)}, names=["machine", "step"]
    )
    new = machine(5, random)
    known, future = new[:-HORIZON], new[-HORIZON:]

    forecaster = LagLlamaForecaster(fine_tuning=None, random_state=0).fit(known)
    before = forecaster.predict(fh=range(1, HORIZON + 1))

    settings = FineTuning(learning_rate=1e-3, max_steps=200, horizon=HORIZON)
    tuned = LagLlamaForecaster(fine_tuning=settings, random_state=0).pretrain(panel)
    print(tuned.history_[["loss", "validation_loss"]].to_string(float_format="{:.3f}".format))

    with tempfile.TemporaryDirectory() as folder:
        tuned.model_.save_pretrained(folder)
        # From here on without any training: the weights are a checkpoint like any other.
        after = LagLlamaForecaster(checkpoint=folder, random_state=0).fit(known)
        forecast = after.predict(fh=range(1, HORIZON + 1))

    for name, predicted in (("before", before), ("after", forecast)):
        error = np.abs(predicted - future).to_numpy().mean()
        print(f"mean absolute error {name} fine-tuning: {error:.1f}")


if __name__ == "__main__":
    main()
