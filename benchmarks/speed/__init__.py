"""Time and memory of forecasts, also against sktime's own Lag-Llama adapter."""
