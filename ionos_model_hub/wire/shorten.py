"""Shorten texts for error messages."""


def shorten(text: str, length: int = 80) -> str:
    """Return a text, cut after `length` characters and marked with an ellipsis if it is longer.

    Example:
        >>> shorten("The model did not call a tool.", 9), shorten("Done.")
        ('The model…', 'Done.')
    """
    return text if len(text) <= length else f"{text[:length]}…"
