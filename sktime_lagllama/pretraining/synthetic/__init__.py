"""Synthetic series to pretrain on."""
