"""What a proxy can do with the CONNECT request that a client sends before it speaks TLS."""

from faults.server import Connection, Fault

ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n"


def tunnel_to(port: int) -> Fault:
    """Return a proxy that works, and leads every client to one server on this machine."""

    def answer(connection: Connection) -> None:
        connection.send(ESTABLISHED)
        connection.tunnel(port)

    return answer


def refuses(status: str) -> Fault:
    """Return a proxy that answers CONNECT with a status."""

    def answer(connection: Connection) -> None:
        connection.send(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")
        connection.finish()

    return answer


def garbage(connection: Connection) -> None:
    connection.send("\0\x16 what?\r\n\r\n")
    connection.finish()


def closed_after_connect(connection: Connection) -> None:
    """A tunnel that ends while the client begins TLS."""
    connection.send(ESTABLISHED)
    connection.receive()
    connection.finish()


def reset_after_connect(connection: Connection) -> None:
    connection.send(ESTABLISHED)
    connection.receive()
    connection.reset()
