"""The live view of a text, in the dashboard and in notebooks: its message, its bundle, `show`."""

from glot.live.notebook import show as show
