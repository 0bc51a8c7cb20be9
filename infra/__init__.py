"""The deployment: plain data that `local/` reads too, and the constructs that turn it into a stack."""
