"""Settings for all tests."""

import os

import torch
from hypothesis import settings

# Workers of pytest-xdist share the cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)

# Tests protect what is computed, not how fast the machine is today.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
