"""Setting a new password."""
