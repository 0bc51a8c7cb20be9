"""Checking a token."""
