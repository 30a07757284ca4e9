"""What stands between the network and the pages: who is let in, headers, health."""
