"""What whoever runs a server decides, and what it writes down: settings and logs."""
