"""A directory function over SQLite."""
