"""What became of the mails."""
