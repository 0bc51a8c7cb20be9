"""The app to add to INSTALLED_APPS: it has a migration and nothing else."""

from django.apps import AppConfig


class PasswordResets(AppConfig):  # type: ignore[misc]  # Django has no types
    """What a reset keeps of a user beside `auth_user`."""

    name = "examples.django_postgresql"
    label = "password_resets"
    default_auto_field = "django.db.models.BigAutoField"
