"""What columns of X tell about a series, by ridge regression.

``table`` reads X. ``selection`` chooses the ``features`` and the penalty of each series, ``ridge``
estimates, and ``regression`` has the coefficients that were known at any time. ``remainder`` is
what they leave of the series: the network forecasts it. ``effect`` adds what X explains to its
sample paths.
"""
