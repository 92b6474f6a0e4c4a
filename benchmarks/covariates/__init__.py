"""How much covariates bring, on real series with X."""
