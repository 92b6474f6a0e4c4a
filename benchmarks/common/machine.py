"""Where and with what a measurement was taken."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import torch

from benchmarks.common.checkpoint import weights_digest
from sktime_lagllama import __version__

MEASURED_CODE = ("sktime_lagllama", "benchmarks/*.py")


def about(packages: Iterable[str], checkpoint: str | None = None) -> list[str]:
    """Describe the machine and the code; to be called before the measurement.

    Parameters
    ----------
    packages : iterable of str
        Packages whose versions matter.
    checkpoint : str, optional
        The checkpoint that is measured, if it is not one of random weights.

    Returns
    -------
    list of str
        The lines of the block "Measured on" that ends a report, in markdown.
    """
    lines = [
        "Measured on:",
        "",
        f"- CPU: {processor()}; torch on {torch.get_num_threads()} threads",
        f"- {versions(packages)}",
        f"- commit {commit()}",
    ]
    if checkpoint is not None:
        # A report must not contain the folders of the machine that it was written on.
        name = Path(checkpoint).name if Path(checkpoint).exists() else checkpoint
        digest = weights_digest(checkpoint)[:16]
        lines.append(f'- checkpoint "{name}", weights and configuration with SHA-256 {digest}')
    if hasattr(os, "getloadavg"):
        lines.append(f"- load average of the last minute at the start: {os.getloadavg()[0]:.1f}")
    return lines


def processor() -> str:
    """Return the CPU's name, the vector instructions that torch uses, and the number of cores."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        models = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = models[0].partition(":")[2].strip() if models else name
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"


def versions(packages: Iterable[str]) -> str:
    """Return the versions of Python and of packages, separated by commas."""
    numbers = (f"{package} {package_version(package)}" for package in packages)
    return f"Python {platform.python_version()}, " + ", ".join(numbers)


def package_version(package: str) -> str:
    """Return the version of a package; of this one, that of the code that runs."""
    return __version__ if package == "sktime-lagllama" else version(package)


def commit() -> str:
    """Return the commit of the repository that the program runs in, "unknown" outside of one."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", *MEASURED_CODE)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name}, with uncommitted changes" if changed else name


def _git(*arguments: str) -> str:
    """Return what a git command prints, without the line break at its end."""
    return subprocess.run(
        ["git", *arguments], capture_output=True, check=True, text=True
    ).stdout.strip()
