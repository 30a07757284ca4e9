"""The dashboard. Pages ask `services` for results and hold no computation of their own."""
