"""The hosted pages in Chromium, served as `make run` serves them."""
