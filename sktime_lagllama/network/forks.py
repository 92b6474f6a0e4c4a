"""Torch in processes that are forked from one that has computed."""

from __future__ import annotations

import os

import torch


def _use_one_core() -> None:
    """Make torch use one core in the thread that has forked, the only one of the new process.

    GNU's OpenMP, with which torch's Linux packages compute on several cores, would wait for ever
    for threads that were not copied. Threads that the process starts later have their own.
    """
    if torch.get_num_threads() > 1:
        torch.set_num_threads(1)


def survive_forks() -> None:
    """Let processes that are forked from this one compute with torch instead of hanging."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_use_one_core)
