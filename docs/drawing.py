"""The drawing of how a forecast comes about: four panels in SVG, in the colours of the page.

The series and its sample paths are those of a real forecast. Colours are variables of the theme's
style sheet, so that the drawing follows a switch to its dark mode.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sktime.datasets import load_airline

from sktime_lagllama import LagLlamaForecaster

WIDTH, HEIGHT = 360, 250
TEXT, LINE = "var(--pst-color-text-base)", "var(--pst-color-text-muted)"
FIRST, SECOND = "var(--pst-color-primary)", "var(--pst-color-warning)"

Points = Iterable[tuple[float, float]]


def line(points: Points, color: str, width: float = 1.5, opacity: float = 1) -> str:
    """Return a line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}" '
        f'stroke-opacity="{opacity}"/>'
    )


def area(points: Points, color: str) -> str:
    """Return a translucent area."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{path}" fill="{color}" fill-opacity="0.25"/>'


def dot(x: float, y: float, color: str) -> str:
    """Return a dot."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", color: str = TEXT) -> str:
    """Return words; ``y`` is their base line."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="13" text-anchor="{anchor}" '
        f'fill="{color}">{html.escape(words)}</text>'
    )


def box(x: float, y: float, width: float, height: float, color: str, words: str = "") -> str:
    """Return a box with words in its middle."""
    shape = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width}" height="{height}" rx="4" fill="{color}" '
        f'fill-opacity="0.15" stroke="{color}"/>'
    )
    return shape + text(x + width / 2, y + height / 2 + 4.5, words, "middle")


def scaled(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return the heights in a panel of values between ``low`` and ``high``."""
    return HEIGHT - 25 - (values - low) / (high - low) * (HEIGHT - 50)


def student_t(x: NDArray[np.float64], loc: float, scale: float) -> NDArray[np.float64]:
    """Return the density of a Student-t distribution with five degrees of freedom, unnormalised."""
    return (1 + ((x - loc) / scale) ** 2 / 5) ** -3 / scale


def tokens(y: NDArray[np.float64]) -> str:
    """Draw a series, the lags of one of its times, and the token that is made of them."""
    x = np.linspace(15, 215, len(y))
    heights = scaled(y, y.min(), y.max())
    parts = [line(zip(x, heights, strict=True), TEXT)]
    names = {0: "value", 1: "1 step before", 12: "12 before", 24: "24 before"}
    for place, (lag, name) in enumerate(names.items()):
        at_x, at_y = x[-1 - lag], heights[-1 - lag]
        top = 25 + 32 * place
        parts += [
            line([(at_x, at_y), (240, top + 14)], FIRST, 1, 0.6),
            dot(at_x, at_y, FIRST),
            box(240, top, 110, 28, FIRST, name),
        ]
    parts += [box(240, 159, 110, 28, SECOND, "calendar"), box(240, 191, 110, 28, SECOND, "level")]
    return "".join(parts)


def network() -> str:
    """Draw tokens below the layers, each attending to those before it, and the distribution."""
    centres = np.linspace(45, 315, 6)
    parts = [box(15, 95, 330, 80, LINE)]
    for number, right in enumerate(centres):
        for left in centres[: number + 1]:
            is_last = number == len(centres) - 1
            color, opacity = (FIRST, 0.9) if is_last else (LINE, 0.3)
            parts.append(line([(left, 165), (right, 105)], color, 1, opacity))
        parts.append(box(right - 22, 195, 44, 28, FIRST, "t" if is_last else f"t - {5 - number}"))
        parts.append(line([(right, 195), (right, 165)], LINE, 1))
    x = np.linspace(245, 355, 60)
    density = student_t(x, 315, 11)
    heights = 78 - 60 * density / density.max()
    parts += [
        area([*zip(x, heights, strict=True), (355, 78), (245, 78)], FIRST),
        line(zip(x, heights, strict=True), FIRST),
        line([(315, 105), (315, 78)], FIRST, 1),
        text(15, 60, "Student-t distribution of t + 1"),
        text(15, 242, "layers: each token sees itself and those before"),
    ]
    return "".join(parts)


def paths(past: NDArray[np.float64], ahead: NDArray[np.float64]) -> str:
    """Draw the sample paths, of shape (paths, steps), behind the series."""
    low, high = min(past.min(), ahead.min()), max(past.max(), ahead.max())
    x = np.linspace(15, 345, len(past) + ahead.shape[1])
    heights = scaled(past, low, high)
    parts = [line(zip(x, heights, strict=False), TEXT)]
    for path in scaled(ahead, low, high):
        steps = zip(x[len(past) - 1 :], [heights[-1], *path], strict=True)
        parts.append(line(steps, FIRST, 1, 0.45))
    step = x[len(past) + STEP - 1]
    cutoff = x[len(past) - 1]
    parts += [
        line([(cutoff, 20), (cutoff, HEIGHT - 20)], LINE, 1),
        text(cutoff - 5, HEIGHT - 5, "cutoff", "end"),
        line([(step, 20), (step, HEIGHT - 20)], SECOND, 2),
        text(step, HEIGHT - 5, "a step", "middle"),
    ]
    return "".join(parts)


def mixture(values: NDArray[np.float64]) -> str:
    """Draw schematic distributions of the paths, and their average with its 80 % interval."""
    x = np.linspace(15, 345, 300)
    locs = 180 + 55 * (values - values.mean()) / values.std()
    densities = np.array([student_t(x, loc, 22) for loc in locs])
    average = densities.mean(axis=0)
    probability = np.cumsum(average) / average.sum()
    inside = (probability >= 0.1) & (probability <= 0.9)
    heights = HEIGHT - 45 - 150 * densities / densities.max()
    of_average = HEIGHT - 45 - 150 * average / densities.max()
    floor = HEIGHT - 45
    parts = [line(zip(x, path, strict=True), FIRST, 1, 0.35) for path in heights]
    within = zip(x[inside], of_average[inside], strict=True)
    parts += [
        area([*within, (x[inside][-1], floor), (x[inside][0], floor)], SECOND),
        line(zip(x, of_average, strict=True), SECOND, 3),
        line([(15, floor), (345, floor)], LINE, 1),
        text(180, HEIGHT - 25, "80 % interval", "middle"),
        text(180, HEIGHT - 7, "thin: one path each; thick: their average", "middle"),
    ]
    return "".join(parts)


STEP = 6
"""Step ahead whose mixture is drawn."""


def panel(number: int, title: str, content: str) -> str:
    """Return a figure with its title."""
    return (
        f"<figure><figcaption><strong>{number}. {html.escape(title)}</strong></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">'
        f"{content}</svg></figure>\n"
    )


def write_drawing(file: Path) -> None:
    """Forecast the airline data, and write the drawing.

    Parameters
    ----------
    file : Path
        To be included in a page as raw HTML.
    """
    y = load_airline().astype(float)
    forecaster = LagLlamaForecaster(random_state=0).fit(y, fh=range(1, 13))
    samples = forecaster.predict_samples().to_numpy().reshape(-1, 12)
    past = y.to_numpy()
    panels = [
        panel(1, "Tokens: a value, its lags, the calendar", tokens(past[-40:])),
        panel(2, "The network: a distribution of the next value", network()),
        panel(3, "Paths: a value is drawn, and goes back in", paths(past[-24:], samples)),
        panel(4, "A step's forecast: the average of distributions", mixture(samples[:, STEP - 1])),
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'<div class="drawing">\n{"".join(panels)}</div>\n', encoding="utf-8")
