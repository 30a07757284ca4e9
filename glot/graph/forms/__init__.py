"""Forms in which token graphs are kept, and which of them to use."""
