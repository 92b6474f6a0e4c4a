"""Where weights come from, how their files are read, and the device that they go to."""
