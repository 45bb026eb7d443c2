"""Pure decisions: what to retry and when to send. Clock and randomness are arguments."""
