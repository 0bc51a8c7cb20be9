"""Examples for teams: copy what you need."""
