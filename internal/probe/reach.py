# How far one comes towards a server, by itself: what the driver's one error does not tell apart.

import socket
import ssl
import struct

SSL_REQUEST = 80877103  # PostgreSQL's protocol, "Message Formats": SSLRequest


def os_error(error):
    """An error of the operating system's, in its words. They name no host."""
    return {"class": type(error).__name__, "message": getattr(error, "strerror", None) or ""}


def reach(conn, seconds=10):
    """Name, port and TLS of a connection's server, or None where that is not one name and port."""
    host, port = conn.host or "", conn.port or 5432
    if not host or host.startswith("/") or "," in host:
        return None
    try:
        addresses = sorted({found[4][0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError) as error:
        return {"failed": "resolve", "error": os_error(error)}
    told = {"addresses": addresses}
    for address in addresses:
        try:
            with socket.create_connection((address, port), timeout=seconds) as connected:
                told.update({"address": address, "from": connected.getsockname()[0], "tls": offered(connected, host)})
                told.pop("failed", None)
                return told
        except OSError as error:
            told.update({"failed": "connect", "error": os_error(error)})
    return told


def offered(connected, host):
    """What the server offers in TLS. Whose certificate it has, the driver judges."""
    try:
        connected.sendall(struct.pack("!ii", 8, SSL_REQUEST))
        if connected.recv(1) != b"S":
            return {"offered": False}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(connected, server_hostname=host) as secured:
            return {"offered": True, "version": secured.version(), "cipher": secured.cipher()[0]}
    except OSError as error:  # ssl's are some, too
        return {"offered": False, "error": os_error(error)}
