"""
Fine-tuning: a pattern that the checkpoint has not seen
=======================================================

Machines run a cycle of 37 steps in which every other peak is cut off. The network learns it from
ten machines, and forecasts an eleventh.
"""

import tempfile

import numpy as np
import pandas as pd
from matplotlib import pyplot

from sktime_lagllama import FineTuning, LagLlamaForecaster

HORIZON = 37

# %%
# The machines
# ------------


def machine(start: int, random: np.random.Generator, length: int = 300) -> pd.DataFrame:
    """Return the load of a machine that began its cycle some steps before it was observed."""
    step = np.arange(start, start + length)
    cycle = (step % 37) / 37
    load = np.where(step // 37 % 2, np.minimum(cycle, 0.4), cycle)
    return pd.DataFrame({"load": 100 * load + random.standard_normal(length)})


random = np.random.default_rng(0)
panel = pd.concat(
    {number: machine(7 * number, random) for number in range(10)}, names=["machine", "step"]
)
new = machine(5, random)
known, future = new[:-HORIZON], new[-HORIZON:]

# %%
# Before
# ------

forecaster = LagLlamaForecaster(random_state=0).fit(known)
before = forecaster.predict(fh=range(1, HORIZON + 1))

# %%
# Train on the panel
# ------------------
# The last fifth of each series is held out. Losses are in nats per value.

settings = FineTuning(
    learning_rate=1e-3, max_steps=50, batch_size=16, context_length=64, horizon=HORIZON
)
tuned = LagLlamaForecaster(fine_tuning=settings, random_state=0).pretrain(panel)
print(tuned.history_[["loss", "validation_loss"]].to_string(float_format="{:.3f}".format))

# %%
# After
# -----
# The weights are a checkpoint like any other: from here on nothing is trained.

with tempfile.TemporaryDirectory() as folder:
    tuned.model_.save_pretrained(folder)
    forecaster = LagLlamaForecaster(checkpoint=folder, random_state=0).fit(known)
after = forecaster.predict(fh=range(1, HORIZON + 1))

for name, predicted in (("before", before), ("after", after)):
    error = np.abs(predicted - future).to_numpy().mean()
    print(f"mean absolute error {name} fine-tuning: {error:.1f}")

figure, axes = pyplot.subplots(figsize=(10, 4), layout="constrained")
axes.plot(known[-120:], color="dimgrey", label="past")
axes.plot(future, color="black", label="actual")
axes.plot(before, color="tab:orange", linestyle="--", label="before fine-tuning")
axes.plot(after, color="tab:blue", label="after")
axes.set(ylabel="load", title="A machine that training has not seen")
axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.08))
pyplot.show()
