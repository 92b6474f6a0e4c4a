"""Real series to validate a checkpoint on."""
