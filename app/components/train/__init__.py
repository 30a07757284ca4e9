"""Pieces of the training page."""
