"""Parts of the embedding map's page."""
