"""What the program lets be seen of itself: structured logs, metrics."""
