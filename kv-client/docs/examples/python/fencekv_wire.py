"""What goes over one connection to a FenceKV node: sections 1 to 4 of protocol.md, which the numbers below are of."""

import itertools
import queue
import re
import socket
import struct
import threading
from types import SimpleNamespace

from fencekv_tables import TABLES

# --- 2. frames: what writes and reads by the tables ------------------------------------------------------------------------

LINEARIZABLE, STALE = "LINEARIZABLE", "STALE"
ANY_REVISION, ABSENT = -1, 0
KEY_BYTES_MAX = 1024

VERSION = 1
FLAG_MORE, FLAG_REPLY = 1, 2
HEADER = struct.Struct(">IBBHQQ")  # length, version, opcode, flags, correlation, stamp
LENGTH_BYTES = 4
LENGTH_MAX = 1048576

NUMBERS = {"u8": ">B", "u16": ">H", "u31": ">I", "u63": ">Q", "i64": ">q", "bits64": ">Q", "bool": ">?"}
BYTES = {"string16": ">H", "bytes16": ">H", "bytes32": ">I"}


def _read_tables(tables):
    """Names by code of each enum; structs by kind and name, with fields in Python's spelling; codes of requests; names of
    replies; cases by name and by code of each union."""
    enums, structs, requests, replies, unions = {}, {}, {}, {}, {}
    for line in tables.strip().splitlines():
        head, _, body = line.partition(":")
        kind, name, *code = head.split()
        parts = [part.split() for part in body.split(",") if part.strip()]
        if kind == "enum":
            enums[name] = {int(number): word for number, word in parts}
        elif kind == "union":
            unions[name] = {case: (int(number), of) for number, case, of in parts}
        else:
            structs[kind, name] = [(_pythonic(field), " ".join(of)) for field, *of in parts]
        if kind == "request":
            requests[name] = int(code[0])
        elif kind == "reply":
            replies[int(code[0])] = name
    return enums, structs, requests, replies, unions


def _pythonic(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


ENUMS, STRUCTS, REQUESTS, REPLIES, UNIONS = _read_tables(TABLES)
CODES = {name: {word: code for code, word in words.items()} for name, words in ENUMS.items()}
CASES = {name: {code: of for code, of in cases.values()} for name, cases in UNIONS.items()}


def encode(fields, values):
    """The bytes of a struct's fields; `values` may hold others too. An enum is given by its name."""
    return b"".join(_encode(of, values[name]) for name, of in fields)


def _encode(of, value):
    if of in NUMBERS:
        return struct.pack(NUMBERS[of], value)
    if of in BYTES:
        raw = to_bytes(value)
        return struct.pack(BYTES[of], len(raw)) + raw
    if of in CODES:
        return bytes([CODES[of][value]])
    head, _, rest = of.partition(" ")
    if head == "list16":
        return struct.pack(">H", len(value)) + b"".join(_encode(rest, each) for each in value)
    if head == "optional":
        return b"\0" if value is None else b"\1" + _encode(rest, value)
    if of in UNIONS:
        code, of = UNIONS[of][value[0]]  # (name of the case, its fields)
        return bytes([code]) + encode(STRUCTS["struct", of], value[1])
    return encode(STRUCTS["struct", of], value)


class Body:
    """What follows a header, read from its beginning to its end. Raises ConnectionError if it is not as the page says."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, count):
        taken = self.raw[self.at : self.at + count]
        if len(taken) < count:
            raise ConnectionError("a frame ends in the middle of a field")
        self.at += count
        return taken

    def struct(self, fields):
        return SimpleNamespace(**{name: self.value(of) for name, of in fields})

    def value(self, of):
        if of in NUMBERS:
            return struct.unpack(NUMBERS[of], self.take(struct.calcsize(NUMBERS[of])))[0]
        if of in BYTES:
            raw = self.take(struct.unpack(BYTES[of], self.take(struct.calcsize(BYTES[of])))[0])
            return raw.decode() if of == "string16" else raw
        if of in ENUMS:
            code = self.value("u8")
            return ENUMS[of].get(code, str(code))
        head, _, rest = of.partition(" ")
        if head == "list16":
            return [self.value(rest) for _ in range(self.value("u16"))]
        if head == "optional":
            return self.value(rest) if self.value("bool") else None
        if of in CASES:
            of = CASES[of][self.value("u8")]
        return self.struct(STRUCTS["struct", of])


def to_bytes(text):
    return text.encode() if isinstance(text, str) else bytes(text)


def end_of_prefix(prefix):
    """The lowest key above all that start with it; empty, which stands for no end, if there is none."""
    cut = prefix.rstrip(b"\xff")
    return cut[:-1] + bytes([cut[-1] + 1]) if cut else b""


def key_range(prefix=b"", start=b"", end=b"", key=None):
    """All keys with `prefix`; from `start` on and below `end`; one `key` alone; without any of these: all."""
    if key is not None:
        only = to_bytes(key)
        return only, only + b"\0" if len(only) < KEY_BYTES_MAX else end_of_prefix(only)
    return (to_bytes(prefix), end_of_prefix(to_bytes(prefix))) if prefix else (to_bytes(start), to_bytes(end))


# --- 4. statuses: what a caller is told ------------------------------------------------------------------------------------


class FenceKvError(Exception):
    """Refused: the command was not applied, unless the class says otherwise. `status`: its name in the page's table."""

    def __init__(self, status, message):
        super().__init__(status + ": " + message)
        self.status = status


class Fenced(FenceKvError):
    """A token was not good: nothing was written and never will be. `violations`: the evidence, of the first 16; `reasons`: of each
    of them."""

    def __init__(self, violations):
        def text(each):
            return "%s lock=%s shown=%s live=%s successor=%s" % (each.reason, each.lock, each.shown, each.live, each.successor)

        super().__init__("FENCED", "; ".join(map(text, violations)))
        self.violations = violations
        self.reasons = [each.reason for each in violations]


class ConditionFailed(FenceKvError):
    """The key, or the lock, is not as the request wants it. `actual_revision` of the key, 0 if it is absent or was not asked for."""

    def __init__(self, message, actual_revision=0):
        super().__init__("CONDITION_FAILED", message)
        self.actual_revision = actual_revision


class LockBusy(FenceKvError):
    """Somebody else has the lock, and the wait, if there was one, is over: the store has said so."""


class WaitCancelled(LockBusy):
    """The wait was given up by Lock.cancel(): there is neither a grant nor a place in the queue."""


class Compacted(FenceKvError):
    """No node knows any more what was then: begin anew. `oldest_revision`: what the node that was asked last still knows."""

    def __init__(self, oldest_revision):
        super().__init__("COMPACTED", "not in any node's history; the oldest revision known is %d" % oldest_revision)
        self.oldest_revision = oldest_revision


class SessionExpired(FenceKvError):
    """The session has ended, its locks and ephemeral keys with it. The next command opens a new one."""


class Unavailable(FenceKvError):
    """No node could serve it in time. Not applied."""


class OutcomeUnknown(FenceKvError):
    """It may or may not have been applied, and nobody will tell. Read, then decide."""


ERRORS = {"LOCK_BUSY": LockBusy, "SESSION_EXPIRED": SessionExpired, "UNAVAILABLE": Unavailable, "OUTCOME_UNKNOWN": OutcomeUnknown}
SETTLED_BY_APPLY = {"OK", "CONDITION_FAILED", "NOT_FOUND", "LOCK_BUSY", "QUEUED", "FENCED", "QUOTA_EXCEEDED"}
NOT_PROPOSED = {"NOT_LEADER", "UNAVAILABLE", "OVERLOADED", "TOO_MANY_IN_FLIGHT"}


def error_of(reply):
    """The exception that says what a reply does; any refusal may carry a MESSAGE instead of its own body."""
    body = reply.body
    if reply.kind == "FENCED":
        return Fenced(body.violations)
    if reply.status == "COMPACTED":
        return Compacted(body.oldest_revision if reply.kind == "COMPACTED" else 0)
    message = body.text if reply.kind == "MESSAGE" else "the node refused it"
    if reply.status == "CONDITION_FAILED":
        if reply.kind == "CONDITION_FAILED":
            return ConditionFailed("the key is at revision %d" % body.actual_revision, body.actual_revision)
        return ConditionFailed(message)
    return ERRORS.get(reply.status, FenceKvError)(reply.status, message)


def found(reply):
    """The revision of an OK; None for NOT_FOUND; else raises."""
    if reply.status == "OK":
        return reply.revision
    if reply.status == "NOT_FOUND":
        return None
    raise error_of(reply)


# --- 1., 3. one connection -------------------------------------------------------------------------------------------------


class Channel:
    """One TCP connection, greeted, used once. Any thread may send; one at a time receives. `client` has `tls`, the highest
    `stamp` seen, and is told by saw() what is seen. Raises OSError if there is no such connection (any more)."""

    CONNECT_TIMEOUT = 2.0
    REPLY_TIMEOUT = 3.0

    def __init__(self, endpoint, client):
        self.endpoint, self.client = endpoint, client
        self.sending = threading.Lock()  # a frame goes out whole; may block as long as the node does not read
        self.mutex = threading.Lock()  # guards the fields below; never held while something blocks
        self.numbers = itertools.count(1)
        self.why_closed, self.stream = None, None
        host, _, port = endpoint.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), self.CONNECT_TIMEOUT)
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if client.tls is not None:
                self.socket = client.tls.wrap_socket(self.socket, server_hostname=host.strip("[]"))
            self.socket.settimeout(self.REPLY_TIMEOUT)
            self.stream = self.socket.makefile("rb")
            self.write("HELLO", hello(0, {"high": 0, "low": 0}), next(self.numbers))
            reply = self.receive()
            if reply.status != "OK":
                raise ConnectionError("%s refused: %s" % (endpoint, error_of(reply)))
        except BaseException as e:
            self.close(str(e))
            raise
        self.hello = reply.body

    def write(self, request, fields, number, stamp=None):
        """Sends a frame. OSError: part of it may have gone out."""
        body = encode(STRUCTS["request", request], fields)
        length = HEADER.size - LENGTH_BYTES + len(body)
        if length > LENGTH_MAX:
            raise FenceKvError("TOO_LARGE", "a frame of %d bytes" % length)
        stamp = self.client.stamp if stamp is None else stamp
        with self.sending:
            self.socket.sendall(HEADER.pack(length, VERSION, REQUESTS[request], 0, number, stamp) + body)

    def receive(self):
        """The next reply, to whatever request: its `correlation` says which."""
        try:
            length, version, _, flags, correlation, stamp = HEADER.unpack(self._take(HEADER.size))
            body = Body(self._take(length - HEADER.size + LENGTH_BYTES))
            status, revision = ENUMS["Status"].get(body.value("u8"), "OUTCOME_UNKNOWN"), body.value("u63")
            kind = REPLIES[body.value("u8")]
            reply = SimpleNamespace(
                status=status, revision=revision, kind=kind, body=body.struct(STRUCTS["reply", kind]), stamp=stamp,
                correlation=correlation, more=bool(flags & FLAG_MORE), connection=self)
            if version != VERSION or not flags & FLAG_REPLY or body.at != len(body.raw):
                raise ValueError("flags %d, version %d" % (flags, version))
        except (ValueError, KeyError, struct.error) as e:
            raise ConnectionError("a frame that is no reply of version 1: %r" % e) from e
        self.client.saw(stamp, revision)
        if correlation == 0:  # It is about to close the connection, and says why.
            raise ConnectionError(getattr(reply.body, "text", status))
        return reply

    def _take(self, count):
        taken = self.stream.read(count)
        if len(taken) < count:
            raise ConnectionError("the node has closed the connection")
        return taken

    def close(self, why):
        """False if it was closed before."""
        with self.mutex:
            if self.why_closed is not None:
                return False
            self.why_closed = self.endpoint + ": " + why
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # Wakes who is receiving.
        except OSError:
            pass  # It was lost already.
        if self.stream is not None:
            self.stream.close()
        self.socket.close()
        return True


def hello(session, nonce):
    return dict(version_min=VERSION, version_max=VERSION, features=0, client="fencekv.py/1", session=session, nonce=nonce)


class Connection(Channel):
    """A channel with a thread that takes each reply to who waits for it. Any number of threads may have requests under way."""

    def __init__(self, endpoint, client):
        super().__init__(endpoint, client)
        self.bound = set()  # sessions whose nonce this connection has shown
        self.waiting = {}  # by correlation: where its replies go; None tells the loss
        self.socket.settimeout(None)
        threading.Thread(target=self._read_all, name="fencekv " + endpoint, daemon=True).start()

    def bind(self, session):
        if session.id not in self.bound:
            reply = self.ask("HELLO", hello(session.id, session.nonce))
            if reply is None:
                raise ConnectionError(self.why_closed)
            if reply.status != "OK":
                self.close("refused: %s" % error_of(reply))
                raise ConnectionError(self.why_closed)
            self.bound.add(session.id)

    def send(self, request, fields, stamp=None):
        """A queue of the replies to this request. Raises ConnectionError if it was certainly not sent."""
        with self.mutex:
            if self.why_closed is not None:
                raise ConnectionError(self.why_closed)
            number = next(self.numbers)
            replies = self.waiting[number] = queue.SimpleQueue()
        try:
            self.write(request, fields, number, stamp)
        except OSError as e:
            self.close(str(e))  # Part of it may have gone out: the reply, which is None, says "lost".
        except BaseException:
            self._forget(number)  # It cannot be spelled.
            raise
        return replies

    def _forget(self, number):
        with self.mutex:
            return self.waiting.pop(number, None)

    def ask(self, request, fields, timeout=Channel.REPLY_TIMEOUT, stamp=None):
        """The first reply; None if the connection was lost, or the node says nothing, after it may have been sent."""
        replies = self.send(request, fields, stamp)
        try:
            reply = replies.get(timeout=timeout)
        except queue.Empty:
            self.close("no answer for %.0f s" % timeout)
            reply = replies.get()
        if reply is not None:
            reply.rest = replies
        return reply

    def close(self, why):
        if not super().close(why):
            return False
        with self.mutex:
            lost, self.waiting = self.waiting, {}
        for replies in lost.values():
            replies.put(None)
        return True

    def _read_all(self):
        try:
            while True:
                reply = self.receive()
                with self.mutex:
                    replies = self.waiting.get(reply.correlation) if reply.more else self.waiting.pop(reply.correlation, None)
                if replies is not None:
                    replies.put(reply)
        except OSError as e:
            self.close(str(e))
