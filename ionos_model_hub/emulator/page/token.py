"""Names under which a browser passes the control token."""

TOKEN_PARAMETER = "token"  # noqa: S105  # a name
TOKEN_COOKIE = "ionos_emulator_token"  # noqa: S105  # a name
"""Set by the page, because browsers send no headers with forms and event streams."""
