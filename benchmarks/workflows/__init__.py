"""Time sktime's workflows, with this package's forecaster and with AutoETS."""
