"""A live view of the emulator in the browser, served at `/`."""
