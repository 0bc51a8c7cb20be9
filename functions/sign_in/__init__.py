"""Opening a session."""
