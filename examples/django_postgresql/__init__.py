"""A directory function over Django's own `auth_user` in PostgreSQL, and the Django app with its one migration."""
