"""Where weights come from, and the device that they go to."""
