"""Ports that stay free until they are used."""

import random
import socket
from contextlib import closing, suppress


def free_port() -> int:
    """Returns a free port below those (32768 and up) that the system gives to whoever asks for any.

    One of those might be given to somebody else before it is used here.
    """
    while True:
        port = random.randrange(20_000, 32_768)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
