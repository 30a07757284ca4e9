"""Measurements of speed, side by side in one process. Never part of the tests."""
