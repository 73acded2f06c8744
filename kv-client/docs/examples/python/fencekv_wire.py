"""What goes over one connection to a FenceKV node: sections 1 to 4 of protocol.md, which the numbers below are of.

TABLES is the page's tables, nothing more; frames are written and read by them. A new operation is a line there.
"""

import itertools
import queue
import re
import socket
import struct
import threading
from types import SimpleNamespace

# --- 2. frames: the tables of the page, and what reads and writes by them --------------------------------------------------

TABLES = """
struct  Nonce: high bits64, low bits64
struct  ClusterId: high bits64, low bits64
struct  RequestId: session u63, sequence u63, floor u63
struct  Fence: lock string16, token u63
struct  Violation: reason u8, lock string16, shown u63, live u63, ended optional u8, endedRevision u63, endedAt u63, successor string16
struct  Record: value bytes32, createRevision u63, modifyRevision u63, version u63, stamp u63, token u63, owner u63, writer u63, writerSequence u63
struct  KeyRange: from bytes16, to bytes16
struct  AsOf: revision u63, stamp u63
struct  ReadTerms: mode u8, atLeastRevision u63, at AsOf, fences list16 Fence
struct  RangeRow: key bytes16, record optional Record
struct  Transaction: comparisons list16 Comparison, then list16 Operation, orElse list16 Operation
struct  Comparison: key bytes16, subject u8, operator u8, number i64, value bytes32
union   Operation: 1 PUT PutOperation, 2 DELETE DeleteOperation, 3 DELETE_RANGE DeleteRangeOperation, 4 GET GetOperation, 5 INCREMENT IncrementOperation, 6 APPEND AppendOperation, 7 ACQUIRE AcquireOperation, 8 EXPIRE ExpireOperation
struct  PutOperation: key bytes16, value bytes32, ephemeral bool, ttlMs u63, returnPrevious bool
struct  DeleteOperation: key bytes16, returnPrevious bool
struct  DeleteRangeOperation: range KeyRange
struct  GetOperation: key bytes16
struct  IncrementOperation: key bytes16, delta i64
struct  AppendOperation: key bytes16, value bytes32
struct  AcquireOperation: lock string16, owner bits64, lockDelayMs u63
struct  ExpireOperation: key bytes16, ttlMs u63
union   OperationResult: 1 PUT PutResult, 2 DELETE DeleteResult, 3 DELETE_RANGE DeleteRangeResult, 4 GET GetResult, 5 INCREMENT IncrementResult, 6 APPEND AppendResult, 7 ACQUIRE AcquireResult, 8 EXPIRE ExpireResult
struct  PutResult: previous optional Record
struct  DeleteResult: deleted bool, previous optional Record
struct  DeleteRangeResult: deleted u63
struct  GetResult: record optional Record, remainingMs u63
struct  IncrementResult: number i64
struct  AppendResult: number i64
struct  AcquireResult: token u63
struct  ExpireResult: found bool
struct  NodeStatus: address string16, nodeId bits64, cluster ClusterId, role u8, leader string16, term u63, appliedIndex u63, revision u63, stamp u63, digest bits64, digestIndex u63, featureLevel u31, keys u63, storeBytes u63, sessions u31, locks u31, members list16 string16, version string16
request HELLO 1: versionMin u8, versionMax u8, features bits64, client string16, session u63, nonce Nonce
request PING 2:
request STATUS 3:
request GET 16: key bytes16, mode u8, atLeastRevision u63, fences list16 Fence
request PUT 17: id RequestId, fences list16 Fence, key bytes16, value bytes32, ifRevision i64, ephemeral bool
request DELETE 18: id RequestId, fences list16 Fence, key bytes16, ifRevision i64
request INCREMENT 19: id RequestId, fences list16 Fence, key bytes16, delta i64
request APPEND 20: id RequestId, fences list16 Fence, key bytes16, value bytes32
request RANGE 21: range KeyRange, what u8, reverse bool, limit u16, terms ReadTerms
request GET_MANY 22: keys list16 bytes16, terms ReadTerms
request TRANSACT 24: id RequestId, fences list16 Fence, transaction Transaction
request TTL 25: key bytes16
request OPEN_SESSION 32: nonce Nonce, ttlMs u63, label string16
request RENEW_SESSION 33: session u63
request CLOSE_SESSION 34: id RequestId
request ACQUIRE 48: id RequestId, lock string16, owner bits64, waitMs u63, lockDelayMs u63
request RELEASE 49: id RequestId, lock string16, token u63
request CANCEL_WAIT 50: id RequestId, lock string16, owner bits64
request RECLAIM 54: id RequestId, lock string16, owner bits64, lockDelayMs u63, token u63
request ADMIT 68: id RequestId, resource string16, lock string16, token u63
request REVOKE 51: id RequestId, lock string16, token u63
reply   NOTHING 0:
reply   HELLO 1: version u8, features bits64, cluster ClusterId, nodeId bits64, leader string16
reply   NODE_STATUS 2: status NodeStatus
reply   RECORD 3: record Record, ageMs u63
reply   SESSION_OPENED 4: session u63, ttlMs u63
reply   RENEWED 5: liveTokens list16 u63
reply   TOKEN 6: token u63
reply   NUMBER 14: number i64
reply   RANGE 15: count u63, ageMs u63, rows list16 RangeRow, more bool
reply   RECORDS 16: ageMs u63, records list16 optional Record
reply   TRANSACTED 17: succeeded bool, results list16 OperationResult
reply   TTL 18: remainingMs u63
reply   COMPACTED 26: oldestRevision u63
reply   FENCED 32: violations list16 Violation, total u31
reply   CONDITION_FAILED 33: actualRevision u63
reply   NOT_LEADER 34: leader string16
reply   CLOCK_SKEW 35: received u63, nodeMillis i64
reply   MESSAGE 36: text string16
reply   SESSION_EXPIRED 37: outcomesGone bool
reply   RESULT_GONE 38:
"""

STATUSES = {
    0: "OK", 1: "CONDITION_FAILED", 2: "NOT_FOUND", 3: "LOCK_BUSY", 4: "QUEUED", 16: "FENCED", 32: "NOT_LEADER",
    33: "UNAVAILABLE", 34: "OUTCOME_UNKNOWN", 35: "OVERLOADED", 48: "TOO_LARGE", 49: "QUOTA_EXCEEDED",
    50: "INVALID_ARGUMENT", 51: "UNSUPPORTED", 52: "CLOCK_SKEW", 53: "UNAUTHENTICATED", 54: "FORBIDDEN",
    64: "SESSION_EXPIRED", 65: "DUPLICATE", 66: "TOO_MANY_IN_FLIGHT", 80: "COMPACTED",
}
FENCE_REASONS = {
    1: "SUPERSEDED", 2: "EXPIRED", 3: "RELEASED", 4: "REVOKED", 5: "UNKNOWN_TOKEN", 6: "WRONG_LOCK", 7: "FENCE_REQUIRED",
}
SUBJECTS = {"VALUE": 1, "MODIFY_REVISION": 2, "CREATE_REVISION": 3, "VERSION": 4, "TOKEN": 5, "OWNER": 6}
OPERATORS = {"=": 1, "!=": 2, "<": 3, ">": 4}
LINEARIZABLE, STALE = 1, 2
RECORDS, KEYS, COUNT = 1, 2, 3
ANY_REVISION, ABSENT = -1, 0

VERSION = 1
FLAG_MORE, FLAG_REPLY = 1, 2
HEADER = struct.Struct(">IBBHQQ")  # length, version, opcode, flags, correlation, stamp
LENGTH_BYTES = 4
LENGTH_MAX = 1048576

NUMBERS = {"u8": ">B", "u16": ">H", "u31": ">I", "u63": ">Q", "i64": ">q", "bits64": ">Q", "bool": ">?"}
BYTES = {"string16": ">H", "bytes16": ">H", "bytes32": ">I"}


def _read_tables(tables):
    """Structs by kind and name, with fields in Python's spelling; codes of requests; names of replies; unions by name."""
    structs, requests, replies, unions = {}, {}, {}, {}
    for line in tables.strip().splitlines():
        head, _, body = line.partition(":")
        kind, name, *code = head.split()
        if kind == "union":
            unions[name] = {case: (int(code), of) for code, case, of in map(str.split, body.split(","))}
            continue
        fields = [field.strip().split(" ", 1) for field in body.split(",") if field.strip()]
        structs[kind, name] = [(re.sub("[A-Z]", lambda c: "_" + c[0].lower(), field), of) for field, of in fields]
        if kind == "request":
            requests[name] = int(code[0])
        elif kind == "reply":
            replies[int(code[0])] = name
    return structs, requests, replies, unions


STRUCTS, REQUESTS, REPLIES, UNIONS = _read_tables(TABLES)


def encode(fields, values):
    return b"".join(_encode(of, values[name]) for name, of in fields)


def _encode(of, value):
    if of in NUMBERS:
        return struct.pack(NUMBERS[of], value)
    if of in BYTES:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        return struct.pack(BYTES[of], len(raw)) + raw
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
    """What follows a header, read from its beginning to its end."""

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
        head, _, rest = of.partition(" ")
        if head == "list16":
            return [self.value(rest) for _ in range(self.value("u16"))]
        if head == "optional":
            return self.value(rest) if self.value("bool") else None
        if of in UNIONS:
            code = self.value("u8")
            of = next(case_of for case_code, case_of in UNIONS[of].values() if case_code == code)
        return self.struct(STRUCTS["struct", of])


# --- 4. statuses: what a caller is told ------------------------------------------------------------------------------------


class FenceKvError(Exception):
    """Refused: the command was not applied, unless the class says otherwise. `status` is one of STATUSES."""

    def __init__(self, status, message):
        super().__init__(status + ": " + message)
        self.status = status


class Fenced(FenceKvError):
    """A token was not good: nothing was written and never will be. `violations` is the evidence."""

    def __init__(self, violations):
        def text(each):
            reason = FENCE_REASONS.get(each.reason, each.reason)
            return "%s lock=%s shown=%s live=%s successor=%s" % (reason, each.lock, each.shown, each.live, each.successor)

        super().__init__("FENCED", "; ".join(map(text, violations)))
        self.violations = violations
        self.reasons = [FENCE_REASONS.get(each.reason, str(each.reason)) for each in violations]


class ConditionFailed(FenceKvError):
    """The key is not as the condition wants it, or its value is no number. `actual_revision` is 0 if the key is absent."""

    def __init__(self, message, actual_revision=0):
        super().__init__("CONDITION_FAILED", message)
        self.actual_revision = actual_revision


class LockBusy(FenceKvError):
    """Somebody else has the lock, and the wait, if there was one, is over: the store has said so."""


class Compacted(FenceKvError):
    """No node knows the records of that moment any more. Begin anew."""


class SessionExpired(FenceKvError):
    """The session has ended, its locks and ephemeral keys with it. The next command opens a new one."""


class Unavailable(FenceKvError):
    """No node could serve it in time. Not applied."""


class OutcomeUnknown(FenceKvError):
    """It may or may not have been applied, and nobody will tell. Read, then decide."""


ERRORS = {
    "LOCK_BUSY": LockBusy, "SESSION_EXPIRED": SessionExpired, "UNAVAILABLE": Unavailable, "OUTCOME_UNKNOWN": OutcomeUnknown,
    "COMPACTED": Compacted,
}
SETTLED_BY_APPLY = {"OK", "CONDITION_FAILED", "NOT_FOUND", "LOCK_BUSY", "QUEUED", "FENCED", "QUOTA_EXCEEDED"}
NOT_PROPOSED = {"NOT_LEADER", "UNAVAILABLE", "OVERLOADED", "TOO_MANY_IN_FLIGHT"}


def error_of(reply):
    body = reply.body
    if reply.kind == "FENCED":
        return Fenced(body.violations)
    if reply.status == "CONDITION_FAILED":
        if reply.kind == "CONDITION_FAILED":
            return ConditionFailed("the key is at revision %d" % body.actual_revision, body.actual_revision)
        return ConditionFailed(getattr(body, "text", "not as wanted"))
    message = body.text if reply.kind == "MESSAGE" else "the node refused it"
    return ERRORS.get(reply.status, FenceKvError)(reply.status, message)


# --- 1., 3. one connection -------------------------------------------------------------------------------------------------


class Connection:
    """One TCP connection, used once. Any number of threads may have requests under way."""

    CONNECT_TIMEOUT = 2.0
    REPLY_TIMEOUT = 3.0

    def __init__(self, endpoint, client):
        self.endpoint, self.client = endpoint, client
        self.bound = set()  # sessions whose nonce this connection has shown
        self.sending = threading.Lock()  # a frame goes out whole; may block as long as the node does not read
        self.mutex = threading.Lock()  # guards the fields below; never held while something blocks
        self.numbers = itertools.count(1)
        self.waiting = {}  # by correlation: where its replies go; None tells the loss
        self.why_closed = None
        host, _, port = endpoint.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), self.CONNECT_TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if client.tls is not None:
            self.socket = client.tls.wrap_socket(self.socket, server_hostname=host.strip("[]"))
        self.socket.settimeout(None)
        threading.Thread(target=self._read_all, name="fencekv " + endpoint, daemon=True).start()
        self.hello = self._greet(0, {"high": 0, "low": 0})

    def _greet(self, session, nonce):
        reply = self.ask("HELLO", dict(
            version_min=VERSION, version_max=VERSION, features=0, client="fencekv.py/1", session=session, nonce=nonce))
        if reply.status != "OK":
            self.close("refused: %s" % error_of(reply))
            raise ConnectionError(self.why_closed)
        return reply.body

    def bind(self, session):
        if session.id not in self.bound:
            self._greet(session.id, session.nonce)
            self.bound.add(session.id)

    def send(self, request, fields, stamp=None):
        """A queue of the replies to this request. Raises ConnectionError if it was certainly not sent."""
        body = encode(STRUCTS["request", request], fields)
        length = HEADER.size - LENGTH_BYTES + len(body)
        if length > LENGTH_MAX:
            raise FenceKvError("TOO_LARGE", "a frame of %d bytes" % length)
        with self.mutex:
            if self.why_closed is not None:
                raise ConnectionError(self.why_closed)
            number = next(self.numbers)
            replies = self.waiting[number] = queue.SimpleQueue()
        stamp = self.client.stamp if stamp is None else stamp
        try:
            with self.sending:
                self.socket.sendall(HEADER.pack(length, VERSION, REQUESTS[request], 0, number, stamp) + body)
        except OSError as e:
            self.close(str(e))  # Part of it may have gone out: the reply, which is None, says "lost".
        return replies

    def ask(self, request, fields, timeout=REPLY_TIMEOUT, stamp=None):
        """The first reply; None if the connection was lost, or the node says nothing, after it may have been sent."""
        replies = self.send(request, fields, stamp)
        try:
            reply = replies.get(timeout=timeout)
        except queue.Empty:
            self.close("no answer for %.0f s" % timeout)
            reply = replies.get()
        if reply is not None:
            reply.rest = replies
        elif request == "HELLO":
            raise ConnectionError(self.why_closed)
        return reply

    def close(self, why):
        with self.mutex:
            if self.why_closed is not None:
                return
            self.why_closed = self.endpoint + ": " + why
            lost, self.waiting = self.waiting, {}
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # It was lost already.
        self.socket.close()
        for replies in lost.values():
            replies.put(None)

    def _read_all(self):
        try:
            with self.socket.makefile("rb") as stream:
                while self._read_one(stream):
                    pass
            self.close("the node has closed the connection")
        except (OSError, ValueError, KeyError, StopIteration, struct.error) as e:
            self.close(str(e) or repr(e))

    def _read_one(self, stream):
        header = stream.read(HEADER.size)
        if len(header) < HEADER.size:
            return False
        length, version, _, flags, correlation, stamp = HEADER.unpack(header)
        body = Body(stream.read(length - HEADER.size + LENGTH_BYTES))
        status, revision = STATUSES.get(body.value("u8"), "OUTCOME_UNKNOWN"), body.value("u63")
        kind = REPLIES[body.value("u8")]
        reply = SimpleNamespace(
            status=status, revision=revision, kind=kind, body=body.struct(STRUCTS["reply", kind]),
            stamp=stamp, more=bool(flags & FLAG_MORE), connection=self)
        if version != VERSION or not flags & FLAG_REPLY or body.at != len(body.raw):
            raise ValueError("a frame that is no reply of version 1")
        self.client.saw(stamp, revision)
        if correlation == 0:  # It is about to close the connection, and says why.
            raise ConnectionError(getattr(reply.body, "text", status))
        with self.mutex:
            replies = self.waiting.get(correlation) if reply.more else self.waiting.pop(correlation, None)
        if replies is not None:
            replies.put(reply)
        return True
