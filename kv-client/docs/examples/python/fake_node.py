"""A node that says what a test tells it to, for what a real one does rarely: frames are written and read by the page's tables."""

import queue
import socket
import threading

from fencekv_wire import CODES, FLAG_MORE, FLAG_REPLY, HEADER, LENGTH_BYTES, REPLIES, REQUESTS, STRUCTS, VERSION, Body, encode

KINDS = {name: code for code, name in REPLIES.items()}
OPCODES = {code: name for name, code in REQUESTS.items()}
NOBODY = {"high": 0, "low": 0}
HANG_UP = "hang up"


class FakeNode:
    """Answers HELLO. To each other request it plays the next of `acts`: a list of (status, revision, kind, fields, more), which may
    end with HANG_UP; without it the connection stays open and silent. `requests`: what was asked, (name, fields)."""

    def __init__(self, *acts):
        self.acts, self.requests = list(acts), queue.SimpleQueue()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = "127.0.0.1:%d" % self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listening.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                header = stream.read(HEADER.size)
                if len(header) < HEADER.size:
                    return
                length, _, opcode, _, number, _ = HEADER.unpack(header)
                body = Body(stream.read(length - HEADER.size + LENGTH_BYTES))
                name = OPCODES[opcode]
                if name == "HELLO":
                    fields = dict(version=VERSION, features=0, cluster=NOBODY, node_id=1, leader="")
                    connection.sendall(_frame(opcode, number, "OK", 0, "HELLO", fields, False))
                    continue
                self.requests.put((name, body.struct(STRUCTS["request", name])))
                for reply in self.acts.pop(0) if self.acts else []:
                    if reply == HANG_UP:
                        return
                    connection.sendall(_frame(opcode, number, *reply))


def _frame(opcode, number, status, revision, kind, fields, more):
    body = bytes([CODES["Status"][status]]) + revision.to_bytes(8, "big") + bytes([KINDS[kind]])
    body += encode(STRUCTS["reply", kind], fields)
    flags = FLAG_REPLY | (FLAG_MORE if more else 0)
    return HEADER.pack(HEADER.size - LENGTH_BYTES + len(body), VERSION, opcode, flags, number, 0) + body
