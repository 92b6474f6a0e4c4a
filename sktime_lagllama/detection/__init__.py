"""Anomalies: how surprising each value of a series is, given the values before it."""
