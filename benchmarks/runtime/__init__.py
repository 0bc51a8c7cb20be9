"""Lambda's Python on this machine: its interpreter and libraries, the layers, a Runtime API, an AWS account."""
