"""Checkpoints of the reference code on today's GluonTS and Lightning, read with neither."""

from __future__ import annotations

import json
import pickletools
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from sktime_lagllama.checkpoints.read import read
from sktime_lagllama.data.containers import to_series_batch
from sktime_lagllama.network.config import LagLlamaConfig
from sktime_lagllama.network.lag_llama import LagLlama
from sktime_lagllama.sampling.options import SamplingOptions
from tests.parity.test_reference import in_data_units

FIXTURE = Path(__file__).parents[1] / "data" / "gluonts_0_17.ckpt"
NEW_NAMES = {"functools partial", "__builtin__ getattr", "__builtin__ object"}


def our_distribution(file: Path, y: pd.Series) -> tuple[LagLlamaConfig, list[float]]:
    """Read a file and return df, loc and scale one step after a series, in its units."""
    config, tensors = read(file)
    network = LagLlama(config)
    network.load_state_dict(tensors)
    options = SamplingOptions(context_length=config.context_length, rope_scaling=None)
    return config, in_data_units(network.eval(), to_series_batch(y), options)


def names_in_pickle(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        instructions = pickletools.genops(archive.read(name))
        return {str(argument) for opcode, argument, _ in instructions if opcode.name == "GLOBAL"}


def test_a_file_of_gluonts_0_17_forecasts_as_it_did_there() -> None:
    """``python -m tests.support.lightning_checkpoints`` made it."""
    assert names_in_pickle(FIXTURE) >= NEW_NAMES
    expected = json.loads(FIXTURE.with_suffix(".json").read_text(encoding="utf-8"))
    index = pd.period_range(expected["start"], periods=len(expected["y"]), freq="D")
    config, found = our_distribution(FIXTURE, pd.Series(expected["y"], index=index))
    assert (config.context_length, config.num_layers, config.width) == (4, 1, 2)
    theirs = [expected["df"], expected["loc"], expected["scale"]]
    assert found == pytest.approx(theirs, rel=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("loss_module", ["sktime's", "gluonts.torch.modules.loss"])
def test_what_is_trained_there_now_forecasts_here_as_there(
    tmp_path: Path, loss_module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gluonts")
    pytest.importorskip("lightning")
    from sktime.libs.lag_llama.gluon import gluonts_torch_modules_loss_shim as shim

    from tests.support.lightning_checkpoints import (
        fine_tuned,
        seasonal_series,
        their_distribution,
    )

    if loss_module != "sktime's":
        # The reference code takes its loss from there.
        shim.ensure_gluonts_torch_modules_loss_shim()
        monkeypatch.setattr(shim.NegativeLogLikelihood, "__module__", loss_module)
    file = tmp_path / "fine_tuned.ckpt"
    module = fine_tuned(
        file, context_length=8, n_layer=2, n_head=2, n_embd_per_head=4, lags_seq=["D", "W"]
    )
    names = names_in_pickle(file)
    assert names >= NEW_NAMES
    loss = "sktime.libs.lag_llama.gluon" if loss_module == "sktime's" else loss_module
    assert any(name.startswith(loss) for name in names)
    y = seasonal_series(1000)
    config, found = our_distribution(file, y)
    assert (config.context_length, config.num_layers, config.width) == (8, 2, 8)
    assert found == pytest.approx(list(their_distribution(module, y)), rel=1e-5)
