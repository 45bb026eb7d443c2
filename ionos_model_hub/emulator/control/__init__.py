"""HTTP API that scripts the emulator and shows its requests, under a prefix of its own."""

from ionos_model_hub.emulator.control.access import is_loopback, make_token
from ionos_model_hub.emulator.control.app import PREFIX, control_app, is_control_request

__all__ = ["PREFIX", "control_app", "is_control_request", "is_loopback", "make_token"]
