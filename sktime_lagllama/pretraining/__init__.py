"""Train a checkpoint from scratch: how the bundled one was made."""
