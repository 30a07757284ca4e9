"""Heads: a pooler with a task layer, and the checkpoint files that hold them."""
