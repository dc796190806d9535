"""Which entries are one article, and which articles tell the same news. Pure; the store indexes."""
