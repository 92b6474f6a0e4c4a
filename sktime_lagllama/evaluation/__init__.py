"""What forecasts are scored with, and compared with."""
