"""pandas and sktime containers <-> arrays."""
