"""A Django site in a process of its own: `python -m tests.django_site COMMANDS`, as JSON, prints what they gave."""

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    """Return who is signed in, as a page that needs a session."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect("/login/")
    return HttpResponse(request.user.get_username())


def login(request: HttpRequest) -> HttpResponse:
    """Serve Django's own sign-in."""
    from django.contrib.auth.views import LoginView  # noqa: PLC0415 - of a site that is set up

    found: HttpResponse = LoginView.as_view(next_page="/", template_name="none.html")(request)
    return found if found.status_code == 302 else HttpResponse("refused")


urlpatterns = [path("login/", login), path("", page)]


def main(commands: list[list[str]]) -> list[Any]:
    """Do what is asked, one after the other."""
    settings.configure(
        SECRET_KEY="for tests alone, of fifty characters or a few more than that",
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["testserver"],
        USE_TZ=True,
        LOGIN_URL="/login/",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "examples.django_postgresql.apps.PasswordResets",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["PGDATABASE"],
                "USER": os.environ["PGUSER"],
                "HOST": os.environ["PGHOST"],
                "PORT": os.environ["PGPORT"],
            }
        },
    )
    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415 - of a site that is set up
    from django.core.management import call_command  # noqa: PLC0415 - the same
    from django.test import Client  # noqa: PLC0415 - the same

    results: list[Any] = []
    for command, *arguments in commands:
        client = Client()
        match command:
            case "prepare":
                call_command("migrate", verbosity=0)
                results.append(User.objects.create_user("demo", arguments[0], arguments[1], first_name="Ada").pk)
            case "sign-in":
                client.post("/login/", {"username": "demo", "password": arguments[0]})
                session = client.cookies["sessionid"].value if "sessionid" in client.cookies else ""
                results.append([session, client.get("/").status_code])
            case "page":
                client.cookies["sessionid"] = arguments[0]
                results.append(client.get("/").status_code)
    return results


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
