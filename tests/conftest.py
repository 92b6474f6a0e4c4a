"""Settings for all tests."""

import os

import torch

# Workers of pytest-xdist share the cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    torch.set_num_threads(1)
