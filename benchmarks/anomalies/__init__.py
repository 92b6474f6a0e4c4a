"""How well anomalies are found, how rare false alarms are, and how fast values are scored."""
