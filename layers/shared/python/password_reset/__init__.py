"""The domain of the password reset, one module a concept. Read `service` first."""
