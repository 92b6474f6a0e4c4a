"""Accuracy on competition series, against the baselines of sktime."""
