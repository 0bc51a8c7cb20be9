"""A black-box suite for any address that serves the API: this machine's, an emulator's, a real account's."""
