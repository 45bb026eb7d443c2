"""Real engines behind the front end of the emulated hub."""
