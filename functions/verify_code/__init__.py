"""Exchanging a code."""
