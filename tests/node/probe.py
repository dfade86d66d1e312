"""Listens, or connects, in the network that it is started in.

probe.py listen PORT…   until it is ended, on those of the ports on which nobody listens yet
probe.py connect        to each ADDRESS PORT of a line of its input; writes yes or no for each
"""

import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def listen(ports):
    sockets = []
    for port in ports:
        listener = socket.socket()
        try:
            listener.bind(("0.0.0.0", int(port)))
        except OSError:
            continue
        listener.listen(512)
        sockets.append(listener)
    print("listening", flush=True)
    sys.stdin.read()


def connect(line):
    address, port = line.split()
    try:
        socket.create_connection((address, int(port)), timeout=1.5).close()
    except OSError:
        return "no"
    return "yes"


if sys.argv[1] == "listen":
    listen(sys.argv[2:])
else:
    with ThreadPoolExecutor(128) as pool:
        for answer in pool.map(connect, sys.stdin.read().splitlines()):
            print(answer)
