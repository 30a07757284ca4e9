"""Training of heads on cached token states: the one loop, and the store of states."""
