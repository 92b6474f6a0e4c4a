"""Synthetic series to pretrain on.

The functions that draw the values of whole series are vectorised over series and return them in
*series time*: column 0 is a series' first point, and only its first ``counts`` columns are kept.
Slow shapes are therefore scaled to ``counts``. At the end ``corpus`` moves the kept points to the
right, so that all series end together.
"""
