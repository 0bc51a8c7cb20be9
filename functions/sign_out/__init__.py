"""Ending a session."""
