"""Sample paths of a batch of series, and what forecasts are read off them."""
