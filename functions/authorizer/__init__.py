"""Whose session a request is."""
