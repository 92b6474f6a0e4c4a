"""Between pandas and arrays: series, their time grid, and their calendar features."""
