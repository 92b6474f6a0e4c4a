"""Where and with what a measurement was taken."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import torch

MEASURED_CODE = ("sktime_lagllama", "benchmarks/*.py")


def processor() -> str:
    """Return the CPU's name, what torch makes of it, and the cores."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        models = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        name = models[0].partition(":")[2].strip() if models else name
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"


def versions(packages: Iterable[str]) -> str:
    """Return the versions of Python and of packages."""
    numbers = (f"{package} {package_version(package)}" for package in packages)
    return f"Python {platform.python_version()}, " + ", ".join(numbers)


def package_version(package: str) -> str:
    """Return the version of a package; of this one, that of the code that runs."""
    if package == "sktime-lagllama":
        from sktime_lagllama import __version__

        return __version__
    return version(package)


def commit() -> str:
    """Return the commit of the repository that the program runs in."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", *MEASURED_CODE)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name}, with uncommitted changes" if changed else name


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], capture_output=True, check=True, text=True
    ).stdout.strip()
