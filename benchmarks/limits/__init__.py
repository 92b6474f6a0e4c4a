"""How much memory the largest forecasts take."""
