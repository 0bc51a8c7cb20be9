"""moto as a server that keeps connections open, as AWS does: a process of its own, at the port that is given."""

import sys

import waitress
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

if __name__ == "__main__":
    waitress.serve(DomainDispatcherApplication(create_backend_app), listen=f"127.0.0.1:{sys.argv[1]}")
