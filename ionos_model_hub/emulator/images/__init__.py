"""Images of the emulator: PNG files, decoding, generated images and edits."""
