"""The words of every message, in every language."""
