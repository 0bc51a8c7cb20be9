"""How often a user's password was reset, by which change last; and an index for addresses."""

from typing import ClassVar

from django.db import migrations

FORWARDS = """
CREATE TABLE password_resets (
    user_id integer PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE,
    version bigint NOT NULL DEFAULT 0,
    change_id text
);
CREATE INDEX auth_user_email_key ON auth_user (lower(email));
"""
BACKWARDS = "DROP INDEX auth_user_email_key; DROP TABLE password_resets;"


class Migration(migrations.Migration):  # type: ignore[misc]  # Django has no types
    """Nothing of `auth_user` is changed."""

    dependencies: ClassVar = [("auth", "__first__")]
    operations: ClassVar = [migrations.RunSQL(FORWARDS, BACKWARDS)]
