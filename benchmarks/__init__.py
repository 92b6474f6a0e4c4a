"""Measurements of sktime-lagllama: one program per folder, each with the report that it wrote."""
