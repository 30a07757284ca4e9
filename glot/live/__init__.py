"""The live view of a text, in the dashboard and in notebooks: its message and its bundle."""
