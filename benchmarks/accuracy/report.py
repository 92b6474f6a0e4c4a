"""The report on accuracy: tables, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.accuracy.competitions import Competition
from benchmarks.accuracy.forecasters import ENSEMBLE, LAG_LLAMA, NAIVE
from benchmarks.accuracy.forecasts import Forecasts
from benchmarks.accuracy.published_models import MODELS, SETS, SOURCE, Published, relative
from benchmarks.accuracy.scores import Scores, aggregate, degenerate, score

LABELS = {
    NAIVE: "seasonal naive",
    "theta": "AutoTheta",
    "ets": "AutoETS",
    "arima": "AutoARIMA",
    LAG_LLAMA: "**LagLlamaForecaster**",
    ENSEMBLE: "**mean of LagLlama, AutoTheta, AutoETS**",
}
NOTES = """\
MASE is of the median (the 0.5 quantile), and beside it of what `predict` returns. These differ for
AutoTheta, whose quantiles are those of 200 simulated paths while its point forecast is exact, and
therefore also for the mean with it. WQL is over the levels 0.1 to 0.9. "/ naive" are ratios to the
seasonal naive forecast, below 1 is better than it; for WQL, as in the Chronos evaluation (Ansari et
al., arXiv 2403.07815), to one whose every quantile is its point forecast. The row "seasonal naive"
has the usual Gaussian quantiles, which are a harder standard. "in 80 %" and "in 95 %" are the
shares of values inside these central intervals. CPU seconds are of `fit` and `predict_quantiles`,
for 100 series, all threads together, weights loaded and packages imported before. "failed" counts
the series on which a forecaster raised an error or returned no finite numbers; the seasonal naive
forecast stands in.

The forecasters, all of sktime and with its defaults, m the season (12, 4, 1):
`NaiveForecaster("last", sp=m)`, `StatsForecastAutoTheta(season_length=m)` (not sktime's
`ThetaForecaster`: the width of its intervals ignores the season's factor, and it cannot take
values of zero), `StatsForecastAutoETS(season_length=m)`, `StatsForecastAutoARIMA(sp=m)`.
The mean is `QuantileEnsembleForecaster` of `LagLlamaForecaster`, AutoTheta and AutoETS: that its
point forecasts and quantiles are the means used here is asserted on the first series of every set.

The series come without dates, so every one is made to end with 1999, in periods of its frequency.
The calendar months are therefore arbitrary."""


def set_table(scores: Mapping[str, Scores], naive: Scores) -> list[str]:
    """Return the table of one set.

    Parameters
    ----------
    scores : mapping of Scores
        By model, a row for each.
    naive : Scores
        Of the degenerate seasonal naive forecast, which the ratios are to.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    rows = [
        f"| {LABELS[model]} | {of_model.mase:.3f} | {of_model.predict_mase:.3f} "
        f"| {of_model.mase / naive.mase:.3f} | {of_model.wql:.4f} "
        f"| {of_model.wql / naive.wql:.3f} | {of_model.coverage_80:.1%} "
        f"| {of_model.coverage_95:.1%} | {of_model.cpu_seconds:.1f} | {of_model.num_failed} |"
        for model, of_model in scores.items()
    ]
    return [
        "| | MASE | of `predict` | / naive | WQL | / naive "
        "| in 80 % | in 95 % | CPU s / 100 | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def aggregate_table(
    scores: Mapping[str, Mapping[str, Scores]], naive: Sequence[Scores]
) -> list[str]:
    """Return the table over all sets.

    Parameters
    ----------
    scores : mapping of mapping of Scores
        By model, a row for each, and by set.
    naive : sequence of Scores
        Of the degenerate seasonal naive forecast, which the ratios are to, by set.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    rows = []
    for model, by_set in scores.items():
        ratios = aggregate(list(by_set.values()), naive)
        rows.append(
            f"| {LABELS[model]} | {ratios.mase:.3f} | {ratios.predict_mase:.3f} "
            f"| {ratios.wql:.3f} | {ratios.coverage_80:.1%} | {ratios.coverage_95:.1%} "
            f"| {ratios.cpu_seconds:.1f} | {ratios.num_failed} |"
        )
    return [
        "| | MASE / naive | of `predict` | WQL / naive | in 80 % | in 95 % "
        "| CPU s / 100 | failed |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def published_models_table(scores: Mapping[str, Mapping[str, Scores]]) -> list[str]:
    """Return the table beside foundation models whose errors are published.

    Parameters
    ----------
    scores : mapping of mapping of Scores
        By model and set; all sets. Of ours, those that were measured are shown.

    Returns
    -------
    list of str
        Lines of markdown.
    """
    ours = {
        LABELS[model]: Published(
            tuple(scores[model][one_set].mase for one_set in SETS),
            tuple(scores[model][one_set].wql for one_set in SETS),
        )
        for model in (ENSEMBLE, LAG_LLAMA)
        if model in scores
    }
    ratios = {name: relative(errors) for name, errors in {**ours, **MODELS}.items()}
    rows = [
        f"| {name} | {mase:.3f} | {wql:.3f} |"
        for name, (mase, wql) in sorted(ratios.items(), key=lambda row: row[1])
    ]
    return ["| | MASE / naive | WQL / naive |", "|---|---:|---:|", *rows]


def report(
    sets: Sequence[Competition],
    forecasts: Mapping[str, Mapping[str, Forecasts]],
    published: Sequence[str],
    measured_on: Sequence[str],
    limit: int | None = None,
) -> str:
    """Score the forecasts, and return the report in markdown.

    Parameters
    ----------
    sets : sequence of Competition
    forecasts : mapping of mapping of Forecasts
        By model, the seasonal naive forecast among them, and by name of the set.
    published : sequence of str
        The MASEs that were reproduced, one for each set.
    measured_on : sequence of str
        The lines of ``machine.about``.
    limit : int, optional
        The number of series that each set was cut to.

    Returns
    -------
    str
    """
    scores = {
        model: {one_set.name: score(one_set, by_set[one_set.name]) for one_set in sets}
        for model, by_set in forecasts.items()
    }
    naive = {
        one_set.name: score(one_set, degenerate(forecasts[NAIVE][one_set.name])) for one_set in sets
    }
    warning = []
    if limit is not None:
        warning = [f"ONLY THE FIRST {limit} SERIES OF EACH SET: a test of the program.", ""]
    tables = []
    for one_set in sets:
        of_set = {model: by_set[one_set.name] for model, by_set in scores.items()}
        tables += [
            f"## {one_set.name}: {len(one_set)} series, {one_set.horizon} steps",
            "",
            *set_table(of_set, naive[one_set.name]),
            "",
        ]
    beside_published = []
    if limit is None and {one_set.name for one_set in sets} >= set(SETS):
        beside_published = [
            "## Beside foundation models whose errors are published",
            "",
            f"Errors of others from {SOURCE}:",
            "the largest model of each family whose errors are there by set. Some may have seen",
            f"these sets in training; ours has not. {len(SETS)} sets: Tourism yearly has other",
            "series there.",
            "",
            *published_models_table(scores),
            "",
        ]
    return "\n".join(
        [
            "# Accuracy on the M1, M3 and Tourism competitions",
            "",
            *warning,
            f"## {len(sets)} sets: geometric means of the ratios to the seasonal naive forecast",
            "",
            *aggregate_table(scores, list(naive.values())),
            "",
            *beside_published,
            *tables,
            "## How to read this",
            "",
            NOTES,
            "",
            "Asserted before anything is forecast, as a check of series, split and scale: the",
            f"seasonal naive forecast has the published MASE, {', '.join(published)},",
            "and, as a point forecast, the published WQL wherever there is one.",
            "",
            *measured_on,
        ]
    )
