"""Known faults of models and servers: a table of them, and how each is fixed."""
