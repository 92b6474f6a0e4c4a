"""Measure what fine-tuning brings over zero-shot, and how fast it trains beside sktime's adapter.

Run it from the root of the repository, with the packages of the "test" and "benchmarks" extras::

    python -m benchmarks.fine_tuning --part accuracy --output benchmarks/fine_tuning.md
    python -m benchmarks.fine_tuning --part speed --output benchmarks/fine_tuning_speed.md

Accuracy: single real series, none of a forecasting competition, which fine-tuning must not make
worse; and two simulated panels, each following a rule of its own, which it must learn. Everything
is done through sktime's interface with the defaults of ``FineTuning``, and is scored by the
weighted quantile loss (WQL) over the levels 0.1 to 0.9.

Speed: optimisation steps per second of our training and of the adapter's, both in ``pretrain`` on
the same panel with the same checkpoint (random weights, published size), batch, context and
horizon, in one process and in turns. Each side trains shortly and longer, and what is counted is
the difference between the two, so that loading, preparing and packing up count on neither side.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks import machine
from benchmarks.command_line import count, deliver, require
from benchmarks.forecasts import weights_digest
from benchmarks.metrics import FloatArray, geometric_mean, weighted_quantile_loss
from benchmarks.speed_parts.adapter import airline_like
from sktime_lagllama import FineTuning, LagLlamaConfig, LagLlamaForecaster
from sktime_lagllama.pretraining.validation.real_series import (
    HORIZONS,
    RealSeries,
    load_real_series,
)
from tests.support.published_layout import write_published_layout

PARTS = ("accuracy", "speed")
NEEDED = {"accuracy": ("statsmodels",), "speed": ("gluonts", "lightning")}
VERSIONS = {
    "accuracy": ("sktime-lagllama", "sktime", "torch", "numpy", "pandas", "statsmodels"),
    "speed": ("sktime-lagllama", "sktime", "torch", "numpy", "pandas", "gluonts", "lightning"),
}
LEVELS = tuple(level / 10 for level in range(1, 10))

REAL_SERIES = (
    ("airline", "monthly"),
    ("seatbelts", "monthly"),
    ("co2", "monthly"),
    ("elnino", "monthly"),
    ("macrodata/realgdp", "quarterly"),
    ("macrodata/unemp", "quarterly"),
    ("uschange/Consumption", "quarterly"),
    ("sunspots", "yearly"),
    ("nile", "yearly"),
    ("lynx", "yearly"),
    ("fertility/NLD", "yearly"),
    ("grunfeld/General Motors invest", "yearly"),
    ("co2", "weekly"),
    ("victoria", "daily"),
    ("victoria", "hourly"),
)
WORST_RATIO = 1.02

PANEL_SIZE, PANEL_PRETRAINED, PANEL_LENGTH, PANEL_HORIZON = 60, 40, 300, 24
PANEL_RATIO = 0.85
NOISE = 0.05
PERIOD = 37
MAP_LAG, MAP_RATE, MAP_BURN_IN = 17, 4.0, 50

SPEED_CONTEXT, SPEED_HORIZON, SPEED_SERIES = 32, 24, 20
BATCH_SIZES = (1, 8, 32)
LEARNING_RATE, GRADIENT_CLIP = 1e-4, 1.0
LOSS_STEPS = 10
TIMES_FASTER = 2.0


# ---------------------------------------------------------------------------------------- accuracy


@dataclass(frozen=True)
class Result:
    """How good the forecasts of one fine-tuned forecaster are.

    Parameters
    ----------
    name : str
    zero_shot, tuned : float
        WQL.
    steps : int
        Optimisation steps taken.
    kept : bool
        Whether the weights are those that training came to; otherwise they are the checkpoint's.
    seconds : float
        Of training, by the clock: of ``fit``, or of ``pretrain``.
    """

    name: str
    zero_shot: float
    tuned: float
    steps: int
    kept: bool
    seconds: float

    @property
    def ratio(self) -> float:
        """WQL after fine-tuning over that before: below 1 is better."""
        return self.tuned / self.zero_shot

    def row(self) -> str:
        """Return the row of a table."""
        return (
            f"| {self.name} | {self.zero_shot:.4f} | {self.tuned:.4f} | {self.ratio:.3f} "
            f"| {self.steps} | {'tuned' if self.kept else 'unchanged'} | {self.seconds:.0f} |"
        )


def table(results: Sequence[Result]) -> list[str]:
    """Return the table of results, a row each."""
    return [
        "| | WQL zero-shot | fine-tuned | ratio | steps | weights | seconds |",
        "|---|---:|---:|---:|---:|---|---:|",
        *(result.row() for result in results),
    ]


def verdict(criterion: str, found: float, met: bool) -> str:
    """Return a line that says whether a criterion is met."""
    return f"Criterion: {criterion}. Found {found:.3f}: **{'met' if met else 'MISSED'}**."


@dataclass(frozen=True)
class Settings:
    """What the forecasters of the part on accuracy are made of; quick ones test the program."""

    checkpoint: str
    quick: bool

    def fine_tuning(self) -> FineTuning:
        """Return the settings of the training: the defaults."""
        if self.quick:
            return FineTuning(max_steps=2, batch_size=2, random_state=0)
        return FineTuning(random_state=0)

    def forecaster(self, fine_tuning: FineTuning | None = None) -> LagLlamaForecaster:
        """Return a new forecaster; all draw the same paths."""
        return LagLlamaForecaster(
            self.checkpoint,
            num_samples=10 if self.quick else 100,
            fine_tuning=fine_tuning,
            random_state=0,
        )


def quantiles(forecaster: LagLlamaForecaster, horizon: int) -> FloatArray:
    """Return forecasts of shape (series, steps, levels)."""
    found = forecaster.predict_quantiles(alpha=list(LEVELS))
    return found.to_numpy().reshape(-1, horizon, len(LEVELS))


def trained(work: Callable[[], LagLlamaForecaster]) -> tuple[LagLlamaForecaster, int, float]:
    """Train, and return the forecaster, the steps that it took, and the seconds."""
    with warnings.catch_warnings():
        # Part of the result: the table says whether the weights are unchanged.
        warnings.filterwarnings("ignore", "fine-tuning did not clearly improve", UserWarning)
        start = perf_counter()
        forecaster = work()
        seconds = perf_counter() - start
    return forecaster, int(forecaster.history_.index.max()), seconds


def differs(tuned: torch.nn.Module, original: torch.nn.Module) -> bool:
    """Tell whether any weight of a network is another than that of the network it came from."""
    before = {name: tensor.cpu() for name, tensor in original.state_dict().items()}
    after = {name: tensor.cpu() for name, tensor in tuned.state_dict().items()}
    return any(not torch.equal(after[name], before[name]) for name in before)


def compare(
    name: str,
    y: pd.Series | pd.DataFrame,
    actuals: FloatArray,
    zero_shot: LagLlamaForecaster,
    train: Callable[[], LagLlamaForecaster],
) -> Result:
    """Score a forecaster before and after training.

    Parameters
    ----------
    name : str
    y : pd.Series or pd.DataFrame
        History that both are fitted to.
    actuals : array of shape (series, steps)
    zero_shot : LagLlamaForecaster
        Fitted.
    train : callable
        Returns a forecaster that is trained, in ``fit`` to ``y`` or in ``pretrain``.

    Returns
    -------
    Result
    """
    horizon = actuals.shape[1]
    forecaster, steps, seconds = trained(train)
    if not forecaster.is_fitted:
        # Not set_params, which would reset it: ``fit`` trains no further.
        forecaster.fine_tuning = None
        forecaster.fit(y, fh=np.arange(1, horizon + 1))
    return Result(
        name=name,
        zero_shot=weighted_quantile_loss(actuals, quantiles(zero_shot, horizon), LEVELS),
        tuned=weighted_quantile_loss(actuals, quantiles(forecaster, horizon), LEVELS),
        steps=steps,
        kept=differs(forecaster.model_, zero_shot.model_),
        seconds=seconds,
    )


def real_series_result(one: RealSeries, settings: Settings) -> Result:
    """Fine-tune on a series without its end, and forecast that."""
    horizon = HORIZONS[one.group]
    history, future = one.values[:-horizon], one.values[-horizon:]
    if future.isna().any():
        raise ValueError(f"the end of {one.name} must be observed, but found missing values")
    if not future.any():
        raise ValueError(f"the end of {one.name} must not be all zeros: its WQL is not defined")
    fh = np.arange(1, horizon + 1)
    return compare(
        f"{one.name}, {one.group}, {len(history)} + {horizon}",
        history,
        future.to_numpy()[None],
        settings.forecaster().fit(history, fh=fh),
        lambda: settings.forecaster(settings.fine_tuning()).fit(history, fh=fh),
    )


def chosen_series(quick: bool) -> list[RealSeries]:
    """Return the real series that are forecast; for a quick run, only the shortest ones."""
    by_key = {(one.name, one.group): one for one in load_real_series()}
    chosen = [by_key[key] for key in REAL_SERIES]
    return sorted(chosen, key=lambda one: len(one.values))[:2] if quick else chosen


def sawtooth(random: np.random.Generator, num_series: int, length: int) -> FloatArray:
    """Return saws of 37 steps, in which a low tooth follows a high one, with random phases."""
    times = np.arange(length) + random.integers(0, 2 * PERIOD, (num_series, 1))
    height = np.where(times // PERIOD % 2 == 0, 1.0, 0.4)
    return height * (times % PERIOD) / (PERIOD - 1)


def logistic_map(random: np.random.Generator, num_series: int, length: int) -> FloatArray:
    """Return series in which each value is a parabola of the one 17 steps before.

    To a linear eye they are noise, without any autocorrelation.
    """
    rounds = MAP_BURN_IN + -(-length // MAP_LAG)
    states = np.empty((num_series, rounds, MAP_LAG))
    states[:, 0] = random.uniform(0.1, 0.9, (num_series, MAP_LAG))
    for number in range(1, rounds):
        before = states[:, number - 1]
        states[:, number] = MAP_RATE * before * (1 - before)
    return states[:, MAP_BURN_IN:].reshape(num_series, -1)[:, :length]


RULES: dict[str, Callable[[np.random.Generator, int, int], FloatArray]] = {
    "sawtooth": sawtooth,
    "logistic map": logistic_map,
}
RULE_TEXTS = {
    "sawtooth": f"teeth of {PERIOD} steps, every other one 0.4 times as high",
    "logistic map": (
        f"x[t] = {MAP_RATE:g} x[t-{MAP_LAG}] (1 - x[t-{MAP_LAG}]), without any autocorrelation"
    ),
}


def simulated_panel(rule: str, num_series: int, length: int, seed: int = 0) -> pd.DataFrame:
    """Simulate daily series that follow one rule, each with a level and a scale of its own.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    num_series, length : int
    seed : int, default=0

    Returns
    -------
    pd.DataFrame
        One column, indexed by series and day. Noise has 5 % of the standard deviation of the rest.
    """
    random = np.random.default_rng(seed)
    values = RULES[rule](random, num_series, length)
    noise = NOISE * values.std(axis=1, keepdims=True) * random.standard_normal(values.shape)
    scales = np.exp(0.5 * random.standard_normal((num_series, 1)))
    levels = scales * random.uniform(1.0, 5.0, (num_series, 1))
    days = pd.period_range("2020-01-01", periods=length, freq="D")
    names = [f"series {number:03d}" for number in range(num_series)]
    index = pd.MultiIndex.from_product([names, days], names=["series", "day"])
    return pd.DataFrame({"value": (levels + scales * (values + noise)).ravel()}, index=index)


def split_panel(
    panel: pd.DataFrame, num_pretrained: int, horizon: int
) -> tuple[pd.DataFrame, pd.DataFrame, FloatArray]:
    """Return the series to pretrain on, the histories of the others, and what follows these.

    Parameters
    ----------
    panel : pd.DataFrame
    num_pretrained : int
        Series to pretrain on, whole.
    horizon : int

    Returns
    -------
    pretrained, histories : pd.DataFrame
    actuals : array of shape (series, horizon)
    """
    names = panel.index.get_level_values(0)
    first = names.isin(names.unique()[:num_pretrained])
    others = panel[~first]
    last = others.groupby(level=0).cumcount(ascending=False).to_numpy() < horizon
    actuals = others[last]["value"].to_numpy().reshape(-1, horizon)
    return panel[first], others[~last], actuals


def panel_results(rule: str, settings: Settings) -> list[Result]:
    """Pretrain on some series of a panel, or train on the others themselves; forecast the others.

    Parameters
    ----------
    rule : str
        One of ``RULES``.
    settings : Settings

    Returns
    -------
    list of Result
    """
    size, num_pretrained = (6, 4) if settings.quick else (PANEL_SIZE, PANEL_PRETRAINED)
    panel = simulated_panel(rule, size, PANEL_LENGTH)
    others, histories, actuals = split_panel(panel, num_pretrained, PANEL_HORIZON)
    fh = np.arange(1, PANEL_HORIZON + 1)
    zero_shot = settings.forecaster().fit(histories, fh=fh)

    def pretrained() -> LagLlamaForecaster:
        return settings.forecaster(settings.fine_tuning()).pretrain(others, fh=fh)

    def fitted() -> LagLlamaForecaster:
        return settings.forecaster(settings.fine_tuning()).fit(histories, fh=fh)

    return [
        compare(f"{rule}, {name}", histories, actuals, zero_shot, train)
        for name, train in (
            (f"`pretrain` on {num_pretrained} others, `fit`", pretrained),
            (f"`fit` on the {size - num_pretrained} themselves", fitted),
        )
    ]


def accuracy(options: argparse.Namespace) -> list[str]:
    """Measure the accuracy, and return the report's lines about it."""
    settings = Settings(options.checkpoint, options.quick)
    single = []
    for one in chosen_series(options.quick):
        single.append(real_series_result(one, settings))
        _progress(single[-1].row())
    panels, verdicts = [], []
    for rule in RULES:
        results = panel_results(rule, settings)
        _progress("\n".join(result.row() for result in results))
        least = max(result.ratio for result in results)
        criterion = f"both ratios on the {rule} are at most {PANEL_RATIO}"
        verdicts += [verdict(criterion, least, least <= PANEL_RATIO), ""]
        panels += results
    worst = max(result.ratio for result in single)
    mean = geometric_mean([result.ratio for result in single])
    return [
        "## Accuracy on single real series",
        "",
        "`LagLlamaForecaster(random_state=0)` against the same with",
        "`fine_tuning=FineTuning(random_state=0)`, on all but the last values of a series, which",
        'are then forecast ("history + horizon"). WQL is over the levels 0.1 to 0.9. None of the',
        "series belongs to a forecasting competition. Where held-out values were forecast no",
        'better than before, `fit` keeps the checkpoint\'s weights: "unchanged", a ratio of 1.',
        "Seconds are of `fit`.",
        "",
        *table(single),
        "",
        f"Geometric mean of the ratios: {mean:.3f}; weights were tuned for "
        f"{sum(result.kept for result in single)} of {len(single)} series.",
        "",
        verdict(f"the worst ratio is at most {WORST_RATIO}", worst, worst <= WORST_RATIO),
        "",
        "## Accuracy on simulated panels",
        "",
        f"Panels of daily series of {PANEL_LENGTH} values that follow one rule, with levels and",
        f"scales at random and {NOISE:.0%} noise:",
        "",
        *(f"- {rule}: {text}" for rule, text in RULE_TEXTS.items()),
        "",
        f"The last {PANEL_HORIZON} values of some of them are forecast, after `pretrain` on the",
        "other series, or after `fit` with fine-tuning on these series up to there. Seconds are of",
        "`pretrain` or `fit`.",
        "",
        *table(panels),
        "",
        *verdicts,
    ]


# ------------------------------------------------------------------------------------------- speed


@dataclass(frozen=True)
class Training:
    """One training.

    Parameters
    ----------
    seconds : float
        By the clock.
    cpu_seconds : float
        Of this process, all threads together.
    losses : tuple of float
        Means over the first steps and over the last ones.
    """

    seconds: float
    cpu_seconds: float
    losses: tuple[float, float]


@dataclass(frozen=True)
class Pace:
    """Optimisation steps per second, read off a short and a longer training.

    Parameters
    ----------
    steps : int
        How many more steps the longer one took.
    short, long : Training
    """

    steps: int
    short: Training
    long: Training

    @property
    def by_clock(self) -> float:
        """Steps per second."""
        return self.steps / (self.long.seconds - self.short.seconds)

    @property
    def in_cpu_time(self) -> float:
        """Steps per second of CPU time."""
        return self.steps / (self.long.cpu_seconds - self.short.cpu_seconds)

    @property
    def fall(self) -> float:
        """How far the loss fell in the longer training."""
        return self.long.losses[0] - self.long.losses[1]


Train = Callable[[pd.DataFrame, int], Training]


def our_training(checkpoint: Path, batch_size: int, y: pd.DataFrame, steps: int) -> Training:
    """Pretrain our forecaster: without validation, at a constant rate."""
    fine_tuning = FineTuning(
        learning_rate=LEARNING_RATE,
        max_steps=steps,
        batch_size=batch_size,
        weight_decay=0.0,
        validation_fraction=0.0,
        gradient_clip=GRADIENT_CLIP,
        schedule="constant",
        warm_up=0.0,
        random_state=0,
        verbose=False,
    )
    forecaster = LagLlamaForecaster(
        checkpoint, context_length=SPEED_CONTEXT, fine_tuning=fine_tuning, device="cpu"
    )
    start, cpu_start = perf_counter(), process_time()
    forecaster.pretrain(y, fh=np.arange(1, SPEED_HORIZON + 1))
    seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    if forecaster.history_.index[-1] != steps:
        raise AssertionError(f"{steps} steps were to be timed, not {forecaster.history_.index[-1]}")
    losses = forecaster.history_["loss"].dropna()
    return Training(seconds, cpu_seconds, (float(losses.iloc[0]), float(losses.iloc[-1])))


def their_training(checkpoint: Path, batch_size: int, y: pd.DataFrame, steps: int) -> Training:
    """Pretrain sktime's adapter in the same way, without a logger."""
    from lightning.pytorch import Callback
    from sktime.forecasting.lagllama import LagLlamaForecaster as Adapter

    # Not earlier: the import sets a level of its own.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    losses: list[torch.Tensor] = []

    class Recorder(Callback):
        def on_train_batch_end(
            self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
        ) -> None:
            losses.append(outputs["loss"].detach())

    with tempfile.TemporaryDirectory() as folder:
        trainer = {
            "max_steps": steps,
            "max_epochs": -1,
            "accelerator": "cpu",
            "gradient_clip_val": GRADIENT_CLIP,
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "default_root_dir": folder,
            "callbacks": [Recorder()],
        }
        # The adapter's packages warn, and set filters of their own: recording silences them.
        with warnings.catch_warnings(record=True):
            adapter = Adapter(
                str(checkpoint),
                device="cpu",
                context_length=SPEED_CONTEXT,
                batch_size=batch_size,
                validation_split=None,
                trainer_kwargs=trainer,
                lr=LEARNING_RATE,
            )
            start, cpu_start = perf_counter(), process_time()
            adapter.pretrain(y, fh=np.arange(1, SPEED_HORIZON + 1))
            seconds, cpu_seconds = perf_counter() - start, process_time() - cpu_start
    if len(losses) != steps:
        raise AssertionError(f"{steps} steps were to be timed, not {len(losses)}")
    values = [float(loss) for loss in losses]
    first, last = np.mean(values[:LOSS_STEPS]), np.mean(values[-LOSS_STEPS:])
    return Training(seconds, cpu_seconds, (float(first), float(last)))


def pace(train: Train, y: pd.DataFrame, short: int, long: int) -> Pace:
    """Time a short and a longer training."""
    return Pace(long - short, train(y, short), train(y, long))


def measure(
    ours: Train, theirs: Train, y: pd.DataFrame, steps: tuple[int, int], repeats: int
) -> tuple[list[Pace], list[Pace]]:
    """Time both sides in turns: what slows the machine for a while then slows both."""
    our_paces, their_paces = [], []
    for _ in range(repeats):
        our_paces.append(pace(ours, y, *steps))
        their_paces.append(pace(theirs, y, *steps))
        found, other = our_paces[-1].by_clock, their_paces[-1].by_clock
        _progress(f"{found:.2f} steps per second ours, {other:.2f} the adapter")
    return our_paces, their_paces


def speed_row(batch_size: int, ours: Sequence[Pace], theirs: Sequence[Pace]) -> str:
    """Return the row of a batch size: medians over the repeats, and the extremes of the ratio."""

    def middle(paces: Sequence[Pace], attribute: str) -> float:
        return median(getattr(one, attribute) for one in paces)

    ratios = [one.by_clock / other.by_clock for one, other in zip(ours, theirs, strict=True)]
    cpu_ratio = middle(ours, "in_cpu_time") / middle(theirs, "in_cpu_time")
    return (
        f"| {batch_size} | {middle(ours, 'by_clock'):.2f} | {middle(theirs, 'by_clock'):.2f} "
        f"| {times_faster(ours, theirs):.2f} | {min(ratios):.2f} to {max(ratios):.2f} "
        f"| {cpu_ratio:.2f} | {middle(ours, 'fall'):.2f} | {middle(theirs, 'fall'):.2f} |"
    )


def times_faster(ours: Sequence[Pace], theirs: Sequence[Pace]) -> float:
    """Return how many times as many steps per second ours takes, medians over the repeats."""
    return median(one.by_clock for one in ours) / median(one.by_clock for one in theirs)


def speed(options: argparse.Namespace) -> list[str]:
    """Measure the speed, and return the report's lines about it."""
    short, long, repeats = options.steps, 5 * options.steps, options.repeats
    if options.quick:
        short, long, repeats = 1, 5, 1
    y = airline_like(SPEED_SERIES)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "published_size.ckpt")
        write_published_layout(checkpoint, LagLlamaConfig(), seed=0)
        for batch_size in BATCH_SIZES[:1] if options.quick else BATCH_SIZES:
            ours = partial(our_training, checkpoint, batch_size)
            theirs = partial(their_training, checkpoint, batch_size)
            for train in (ours, theirs):
                train(y, 1)  # imports, and loads what is loaded once
            paces = measure(ours, theirs, y, (short, long), repeats)
            rows.append(speed_row(batch_size, *paces))
            found = times_faster(*paces)
    return [
        "## Speed against sktime's own adapter",
        "",
        f"Optimisation steps per second in `pretrain` of both, on a panel of {SPEED_SERIES} series "
        "like sktime's airline",
        "data: the published size with random weights, float32 on the CPU, a context of "
        f"{SPEED_CONTEXT} and a horizon of",
        f"{SPEED_HORIZON}, all weights trained at a constant rate of {LEARNING_RATE:g}, gradients "
        "clipped, no validation, no",
        "augmentation, and the adapter without a logger. The steps per second are those of the",
        f"difference between a training of {long} steps and one of {short}, so that no side's "
        "loading and",
        f"preparing counts; medians of {repeats} repeats, both sides in turns. That both learn the "
        "same shows in",
        f"how far the loss of the longer training fell from its first {LOSS_STEPS} steps to its "
        f"last {LOSS_STEPS}, in nats",
        "(the windows that they draw differ).",
        "",
        "| batch size | ours | adapter | times faster | of each repeat | in CPU time "
        "| loss fell, ours | adapter |",
        "|---:|---:|---:|---:|---|---:|---:|---:|",
        *rows,
        "",
        "The adapter's own batch size is 1, that of `FineTuning` is 32.",
        "",
        verdict(
            f"at least {TIMES_FASTER:g} times faster with the largest batch",
            found,
            found >= TIMES_FASTER,
        ),
        "",
    ]


# ------------------------------------------------------------------------------------------ report


def about(parts: Sequence[str], checkpoint: str) -> list[str]:
    """Describe where and with what the report was made."""
    packages = dict.fromkeys(package for part in parts for package in VERSIONS[part])
    lines = [
        f"- CPU: {machine.processor()}; torch on {torch.get_num_threads()} threads",
        f"- {machine.versions(packages)}",
        f"- commit {machine.commit()}",
    ]
    if "accuracy" in parts:
        # The folder above it is this machine's business.
        name = Path(checkpoint).name if Path(checkpoint).exists() else checkpoint
        digest = weights_digest(checkpoint)[:16]
        lines.append(f'- checkpoint "{name}", weights and configuration with SHA-256 {digest}')
    if hasattr(os, "getloadavg"):
        lines.append(f"- load average of the last minute at the start: {os.getloadavg()[0]:.1f}")
    return lines


def report(options: argparse.Namespace) -> str:
    """Measure, and return the report in markdown."""
    parts = PARTS if options.part == "all" else (options.part,)
    measured_on = about(parts, options.checkpoint)
    quick = []
    if options.quick:
        quick = ["A QUICK RUN WITH FEW STEPS, SERIES AND PATHS: a test of the program.", ""]
    lines = ["# Fine-tuning: against zero-shot, and against sktime's own adapter", "", *quick]
    if "accuracy" in parts:
        lines += accuracy(options)
    if "speed" in parts:
        lines += speed(options)
    return "\n".join([*lines, "Measured on:", "", *measured_on])


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the report, and write it if asked to."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.fine_tuning", description=(__doc__ or "").partition("\n")[0]
    )
    add = parser.add_argument
    add("--part", choices=(*PARTS, "all"), default="all", help="what to measure (default: all)")
    add("--checkpoint", default="bundled", help='of the part on accuracy (default: "bundled")')
    add("--repeats", type=count, default=5, help="of the timings (default: 5)")
    add("--steps", type=count, default=10,
        help="of the short training that is timed; the longer one has five times as many "
        "(default: 10)")  # fmt: skip
    add("--quick", action="store_true", help="test the program, with numbers that mean nothing")
    add("--output", type=Path, help="markdown file to write the report to, too")
    options = parser.parse_args(arguments)
    parts = PARTS if options.part == "all" else (options.part,)
    needed = [package for part in parts for package in NEEDED[part]]
    require(needed, "test,benchmarks")
    deliver(report(options), options.output)


if __name__ == "__main__":
    main()
