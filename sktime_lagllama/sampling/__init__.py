"""Sample paths of windows: the context passes through the network once, the paths step by step.

The network is written twice, on purpose: ``network.lag_llama`` computes whole sequences (training,
and contexts), this package computes the newest token of every path (``path_layers``,
``path_attention``).
"""
