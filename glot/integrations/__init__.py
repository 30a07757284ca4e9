"""Where the project meets other software; foreign names stay inside these files."""
