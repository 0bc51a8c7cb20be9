"""What the service promises, as tests."""
