"""The token graph: similarities, edges at every τ, statistics, positions.

Nothing is imported here, so that the parts that need no torch load without it.
"""
