"""What carries a finished mail: Amazon SES or any SMTP server."""
