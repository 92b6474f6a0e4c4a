"""How fast forecasts are, and what they cost besides."""
