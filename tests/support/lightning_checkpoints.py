"""Checkpoints that Lightning writes for sktime's copy of the reference code, on today's GluonTS.

    python -m tests.support.lightning_checkpoints    # writes tests/data/gluonts_0_17.ckpt and .json

Needs GluonTS and Lightning, which are in the extra "test". Since its version 0.15, GluonTS makes
objects by ``__getnewargs_ex__``. Their pickles name other functions than the published one.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pandas as pd
import torch
from gluonts.dataset.common import ListDataset
from lightning import LightningModule
from sktime.libs.lag_llama.gluon.estimator import LagLlamaEstimator

from tests.support.gluonts_input import reference_input

FIXTURE = Path(__file__).parents[1] / "data" / "gluonts_0_17.ckpt"
NUM_STEPS = 2


def fine_tuned(file: Path, without_optimizer: bool = False, **options: Any) -> LightningModule:
    """Train the reference network for two steps, and save it as Lightning does.

    Parameters
    ----------
    file : Path
        To write.
    without_optimizer : bool, default=False
        Whether the state of the training is left out.
    **options
        Of the reference's estimator.

    Returns
    -------
    LightningModule
        Whose attribute ``model`` is the network that was saved.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    lightning.seed_everything(0, verbose=False)
    estimator = LagLlamaEstimator(
        prediction_length=1,
        scaling="robust",
        time_feat=True,
        batch_size=4,
        num_batches_per_epoch=NUM_STEPS,
        device=torch.device("cpu"),
        **options,
    )
    values = 50 + 10 * np.random.default_rng(0).normal(size=1300)
    series = [{"start": pd.Period("2000-01-01", freq="D"), "target": values}]
    module = estimator.create_lightning_module()
    training_data = estimator.create_transformation().apply(ListDataset(series, freq="D"))
    trainer = lightning.Trainer(
        max_steps=NUM_STEPS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, estimator.create_training_data_loader(training_data, module))
    trainer.save_checkpoint(file, weights_only=without_optimizer)
    return module.eval()


def their_distribution(module: LightningModule, y: pd.Series) -> tuple[float, float, float]:
    """Return df, loc and scale of the reference network one step after a series, in its units."""
    network: Any = module.model
    inputs = reference_input(y, module.context_length + max(network.lags_seq))
    with torch.inference_mode():
        (df, loc, scale), series_loc, series_scale = network(**inputs._asdict())
    return (
        df[0, -1].item(),
        (series_loc + series_scale * loc[:, -1:]).item(),
        (series_scale * scale[:, -1:]).item(),
    )


def seasonal_series(length: int = 200) -> pd.Series:
    """Return a daily series with a week's season and noise, to three decimals."""
    steps = np.arange(length)
    noise = np.random.default_rng(1).normal(size=length)
    index = pd.period_range("2001-03-04", periods=length, freq="D")
    return pd.Series(np.round(50 + 10 * np.sin(2 * np.pi * steps / 7) + 2 * noise, 3), index=index)


def main() -> None:
    """Write a file of a few kB, and what its network predicts for a series."""
    module = fine_tuned(
        FIXTURE,
        without_optimizer=True,
        context_length=4,
        n_layer=1,
        n_head=1,
        n_embd_per_head=2,
        lags_seq=["W"],
    )
    y = seasonal_series()
    df, loc, scale = their_distribution(module, y)
    expected = {"y": y.tolist(), "start": str(y.index[0]), "df": df, "loc": loc, "scale": scale}
    FIXTURE.with_suffix(".json").write_text(json.dumps(expected) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
