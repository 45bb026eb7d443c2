"""An HTTP/1.1 client: connection pool, parser, sockets, TLS. It knows nothing about the API."""
