"""Measurements of sktime-lagllama, each a program that prints the table it measured."""
