"""Figures, each a ratio measured in one run; tests never time anything."""
