"""Every session key, its default and its URL parameter: one file a page, and what they share."""
