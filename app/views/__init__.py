"""One page a file: widgets → service call → empty state → drawing."""
