"""The domain of the password reset, one room a subject, one module a concept. Read `service` first."""

# For whom pyproject.toml is out of reach, as it is in Lambda. A test keeps the two the same.
__version__ = "1.0.0rc1"
