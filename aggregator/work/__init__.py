"""Who polls, and when they look. Time lives in the store: everything here only ticks."""
