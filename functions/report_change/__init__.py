"""Reporting a change of the password."""
