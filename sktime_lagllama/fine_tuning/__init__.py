"""Adapt a network to a user's own series."""
