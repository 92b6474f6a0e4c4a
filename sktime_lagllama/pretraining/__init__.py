"""Train a checkpoint from scratch: how the bundled one was made.

This is not what ``LagLlamaForecaster.pretrain`` does: that is ``fine_tuning``.
"""
