"""Signals of steps below a day: what people, weather, machines and markets do by the clock.

As in all of ``pretraining.synthetic``, values are vectorised over series, in series time. What a
signal does at a time of day, on a day of the week or at a time of the year follows the ordinals
of its series, so that the calendar features of the series tell it.
"""
