"""Accuracy on real series of weeks, days and less, against the baselines of statsforecast."""
