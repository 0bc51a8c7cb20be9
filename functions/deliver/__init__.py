"""Sending what was asked for, and telling of changes."""
