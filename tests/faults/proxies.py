"""Responses of a proxy to the CONNECT request that a client sends before it starts TLS."""

from faults.server import Connection, Fault

ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n"


def tunnel_to(port: int) -> Fault:
    """Return a working proxy that connects every client to one server on this machine."""

    def respond(connection: Connection) -> None:
        connection.send(ESTABLISHED)
        connection.tunnel(port)

    return respond


def refuse(status: str) -> Fault:
    """Return a proxy that responds with an error status."""

    def respond(connection: Connection) -> None:
        connection.send(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")
        connection.finish()

    return respond


def garbage(connection: Connection) -> None:
    connection.send("\0\x16 what?\r\n\r\n")
    connection.finish()


def closed_after_connect(connection: Connection) -> None:
    """A tunnel that ends while the client starts TLS."""
    connection.send(ESTABLISHED)
    connection.receive()
    connection.finish()


def reset_after_connect(connection: Connection) -> None:
    connection.send(ESTABLISHED)
    connection.receive()
    connection.reset()
