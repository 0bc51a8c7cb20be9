"""What operators and support run, with their own AWS credentials, on a deployment's settings."""
