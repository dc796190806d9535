"""Use cases: what the program does, over ports. Knows no adapter, reads no clock."""
