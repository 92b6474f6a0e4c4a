"""Intervals of the model beside those that are calibrated on a series' own past."""
