"""HTTP in: feeds, pages, health, metrics; and the same documents as files."""
