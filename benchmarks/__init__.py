"""Measurements of sktime-lagllama: programs that print what they measured, and their parts."""
