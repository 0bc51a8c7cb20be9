"""Whose session it is."""
