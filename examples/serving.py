"""Save a fitted forecaster, and predict with it in another process that never sees the data.

Run ``python examples/serving.py``. What is saved is the latest values and where the weights are, or
the weights themselves if they were fine-tuned.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from sktime.base import load
from sktime.datasets import load_airline

from sktime_lagllama import LagLlamaForecaster


def serve(saved: Path) -> None:
    """Load a forecaster and answer a request, as a server would after it has started."""
    forecaster = load(saved)
    interval = forecaster.predict_interval(fh=range(1, 7), coverage=0.8)
    print("In a new process:\n")
    print(interval.to_string(float_format="{:.0f}".format))


def main() -> None:
    """Fit and save in this process, and predict in another."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "airline.zip"
        # The suffix ".zip" is added by sktime.
        LagLlamaForecaster(random_state=0).fit(load_airline()).save(saved.with_suffix(""))
        print(f"{saved.name} has {saved.stat().st_size / 1000:.0f} kB\n", flush=True)
        subprocess.run([sys.executable, __file__, saved], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(Path(sys.argv[1]))
    else:
        main()
