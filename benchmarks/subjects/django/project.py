"""The smallest Django project with allauth whose `/accounts/password/reset/` mails links, on SQLite.

allauth's own settings, and what could be left out is: limits are kept in the process, mails are rendered and dropped.
"""

import os

import django
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106 - of a process that lives as long as one run
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    ALLAUTH_TRUSTED_CLIENT_IP_HEADER="X-Source",
    USE_TZ=True,
)
django.setup()

urlpatterns = [path("accounts/", include("allauth.urls"))]
application = get_wsgi_application()


def create(accounts: int) -> None:
    """Create the tables and that many accounts, `user000000@example.com` and on."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after setup

    call_command("migrate", verbosity=0)
    hashed = make_password("correct horse battery staple")
    names = [f"user{number:06}" for number in range(accounts)]
    User.objects.bulk_create(User(username=name, email=f"{name}@example.com", password=hashed) for name in names)


if __name__ == "__main__":
    create(int(os.environ["ACCOUNTS"]))
