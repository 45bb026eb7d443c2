"""Record the responses of a real server and replay them."""
