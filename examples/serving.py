"""
Serving: predict in a process that never sees the data
======================================================

A fitted forecaster is saved by sktime's ``save``. The file has the latest values and where the
weights are, or the weights themselves if they were fine-tuned.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from sktime.datasets import load_airline

from sktime_lagllama import LagLlamaForecaster

# %%
# Save
# ----
# sktime adds the suffix ".zip".

folder = tempfile.TemporaryDirectory()
saved = Path(folder.name) / "airline.zip"
LagLlamaForecaster(random_state=0).fit(load_airline()).save(saved.with_suffix(""))
print(f"{saved.name} has {saved.stat().st_size / 1000:.0f} kB")

# %%
# Predict in another process
# --------------------------
# It does what a server would do after it has started.

server = """
import sys
from pathlib import Path
from sktime.base import load

forecaster = load(Path(sys.argv[1]))  # load adds ".zip" to a string, but not to a path
interval = forecaster.predict_interval(fh=range(1, 7), coverage=0.8)
print(interval.to_string(float_format="{:.0f}".format))
"""
answer = subprocess.run(
    [sys.executable, "-c", server, saved], check=True, stdout=subprocess.PIPE, text=True
)
print(answer.stdout)
folder.cleanup()
