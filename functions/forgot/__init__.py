"""Asking for a reset."""
