"""Short trainings of the bundled architecture and recipe, with one part changed at a time."""
