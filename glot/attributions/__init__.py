"""Attributions: which tokens a head's sentence vector is made of.

Nothing is imported here: reading a bundled explanation needs no torch.
"""
