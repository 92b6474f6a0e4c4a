"""Validation of a checkpoint on real series, which decides how the bundled one is trained.

``python -m sktime_lagllama.pretraining.validation --checkpoint bundled --context-length 128``
``python -m sktime_lagllama.pretraining.validation --set fast`` for series of weeks, days and less
"""
