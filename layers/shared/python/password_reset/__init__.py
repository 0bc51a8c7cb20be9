"""The domain of the password reset, one room a subject, one module a concept. Read `service` first."""
