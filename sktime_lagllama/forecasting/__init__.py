"""Sample paths of a batch of series, and what forecasts are read off them.

Predictions call ``shared_paths.shared_paths``, which has ``paths.predict_paths`` draw the paths
that ``cache`` does not hold. ``update_predict`` calls ``paths.predict_paths_from_cutoffs`` with the
cutoffs of ``moving_cutoffs``. Both call ``paths.draw_paths``, which cuts out the windows and calls
``sampling.sampler.sample_paths``. ``summary_statistics`` reads forecasts off the paths.
"""
