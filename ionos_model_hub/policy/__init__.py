"""Pure decisions: what is retried, when a request may go out. Clock and random are arguments."""
