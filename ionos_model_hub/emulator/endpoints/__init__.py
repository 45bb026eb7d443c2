"""One module for each endpoint of the emulated API."""
