"""A fitted forecaster is saved, and a new process predicts with it without seeing the data."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import pandas as pd
import pytest
import torch

from sktime_lagllama import FineTuning, LagLlamaForecaster
from tests.support.sharing import assert_equal, months, small, write_small_checkpoint

pytestmark = pytest.mark.slow

FH = [1, 2, 6]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_checkpoint(tmp_path_factory.mktemp("small"))


def panel() -> pd.DataFrame:
    return pd.concat({name: months(seed=name).to_frame() for name in (1, 2)}, names=["shop", None])


FORECASTERS: dict[str, Callable[[Path], LagLlamaForecaster]] = {
    "bundled": lambda _: small("bundled").fit(months()),
    "checkpoint in a folder": lambda folder: small(folder).fit(months()),
    "panel": lambda folder: small(folder, random_state=None).fit(panel()),
    "fine-tuned": lambda folder: small(
        folder, fine_tuning=FineTuning(max_steps=2, validation_fraction=0.0)
    ).fit(months()),
    "updated": lambda folder: small(folder).fit(months()[:40]).update(months()[40:]),
}


def dump(pickler: Any) -> Callable[[LagLlamaForecaster, Path], object]:
    def save(forecaster: LagLlamaForecaster, path: Path) -> None:
        path.write_bytes(pickler.dumps(forecaster))

    return save


def save_serial(forecaster: LagLlamaForecaster, path: Path) -> None:
    path.write_bytes(pickle.dumps(forecaster.save()))


LOAD_ZIP = "from sktime.base import load; forecaster = load(path)"

WAYS: dict[str, tuple[Callable[[LagLlamaForecaster, Path], object], str]] = {
    "sktime, to a file": (lambda forecaster, path: forecaster.save(path), LOAD_ZIP),
    "sktime, to a file by cloudpickle": (
        lambda forecaster, path: forecaster.save(path, serialization_format="cloudpickle"),
        LOAD_ZIP,
    ),
    "sktime, to bytes": (
        save_serial,
        "kind, data = pickle.loads(path.read_bytes()); forecaster = kind.load_from_serial(data)",
    ),
    "joblib": (joblib.dump, "import joblib; forecaster = joblib.load(path)"),
    "pickle": (dump(pickle), "forecaster = pickle.loads(path.read_bytes())"),
    "cloudpickle": (dump(cloudpickle), "forecaster = pickle.loads(path.read_bytes())"),
}

PREDICT = """
import pickle, sys
from pathlib import Path
path, output = Path(sys.argv[1]), Path(sys.argv[2])
{load}
forecasts = [{calls}]
output.write_bytes(pickle.dumps(forecasts))
"""

CALLS = f"forecaster.predict({FH}), forecaster.predict_quantiles({FH}, alpha=[0.1, 0.9])"


def in_new_process(path: Path, folder: Path, load: str, calls: str = CALLS) -> list[Any]:
    """Return what a process predicts that is new and works in another folder."""
    output = folder / "forecasts.pickle"
    command = [sys.executable, "-c", PREDICT.format(load=load, calls=calls), str(path), str(output)]
    # The number of threads changes rounding.
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(torch.get_num_threads()),
        "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path),
    }
    subprocess.run(command, check=True, cwd=folder, env=environment)
    forecasts: list[Any] = pickle.loads(output.read_bytes())
    return forecasts


@pytest.mark.parametrize(("save", "load"), WAYS.values(), ids=WAYS)
def test_a_new_process_predicts_the_same_however_it_was_saved(
    save: Callable[[LagLlamaForecaster, Path], object], load: str, checkpoint: Path, tmp_path: Path
) -> None:
    forecaster = FORECASTERS["fine-tuned"](checkpoint)
    save(forecaster, tmp_path / "saved")
    (path,) = tmp_path.glob("saved*")  # sktime adds .zip
    found = in_new_process(path, tmp_path, load)
    assert_equal(found[0], forecaster.predict(FH))
    assert_equal(found[1], forecaster.predict_quantiles(FH, alpha=[0.1, 0.9]))


@pytest.mark.parametrize("make", FORECASTERS.values(), ids=FORECASTERS)
def test_a_new_process_predicts_the_same_whatever_was_fitted(
    make: Callable[[Path], LagLlamaForecaster], checkpoint: Path, tmp_path: Path
) -> None:
    forecaster = make(checkpoint)
    forecaster.save(tmp_path / "saved")
    found = in_new_process(tmp_path / "saved.zip", tmp_path, LOAD_ZIP)
    assert_equal(found[0], forecaster.predict(FH))
    assert_equal(found[1], forecaster.predict_quantiles(FH, alpha=[0.1, 0.9]))


def test_a_new_process_goes_on_with_new_data_alone(checkpoint: Path, tmp_path: Path) -> None:
    forecaster = small(checkpoint).fit(months()[:-1])
    forecaster.save(tmp_path / "saved")
    months()[-1:].to_pickle(tmp_path / "newest")
    load = LOAD_ZIP + "; import pandas; forecaster.update(pandas.read_pickle('newest'))"
    found = in_new_process(tmp_path / "saved.zip", tmp_path, load)
    assert_equal(found[0], forecaster.update(months()[-1:]).predict(FH))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_flavour_of_mlflow_predicts_the_same(checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    from sktime.utils import mlflow_sktime

    forecaster = small(checkpoint).fit(months(), fh=FH)
    forecaster.pyfunc_predict_conf = {"predict_method": {"predict": {}}}
    requirements: list[str] = []  # otherwise mlflow asks a package index for them
    mlflow_sktime.save_model(forecaster, tmp_path / "saved", pip_requirements=requirements)
    native = "from sktime.utils import mlflow_sktime; forecaster = mlflow_sktime.load_model(path)"
    found = in_new_process(tmp_path / "saved", tmp_path, native)
    assert_equal(found[0], forecaster.predict(FH))
    assert_equal(found[1], forecaster.predict_quantiles(FH, alpha=[0.1, 0.9]))
    served = "import mlflow, pandas; model = mlflow.pyfunc.load_model(str(path))"
    call = "model.predict(pandas.DataFrame())"
    (table,) = in_new_process(tmp_path / "saved", tmp_path, served, call)
    assert table.to_numpy().ravel().tolist() == forecaster.predict(FH).tolist()
