"""Showing a second factor."""
