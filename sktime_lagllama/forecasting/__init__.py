"""Sample paths of a batch of series, and what forecasts are read off them.

Predictions call ``shared_paths.shared_paths``, which has ``paths.predict_paths`` draw the paths
that ``cache`` does not hold. ``update_predict`` calls ``paths.predict_paths_from_cutoffs`` with the
cutoffs of ``moving_cutoffs``. Both call ``resolutions.draw_paths``. It has ``subseries`` cut out
windows at each resolution of the series and call ``sampling.sampler.sample_paths``, and
``combination`` make one forecast of several. ``summary_statistics`` reads forecasts off the paths.
"""
