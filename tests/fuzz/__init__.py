"""Random series, indices, dtypes, horizons, parameters and calls, and what must hold for each.

``test_fuzz.py`` throws 300 at the forecaster, ``python -m tests.fuzz --examples 20000`` any number.
"""
