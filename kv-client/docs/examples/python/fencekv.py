"""A small FenceKV client: Python 3.8 or newer, standard library only.

Written from protocol.md alone, as a client in any language could be; section numbers are of that page.

    with fencekv.Client("127.0.0.1:7400", "127.0.0.1:7410") as client:
        client.put("greeting", "hello")
        with client.lock("accounts", wait=30) as lock:      # waits in a fair queue, at most 30 s
            lock.put("accounts/balance", "150")             # Fenced if the lock was lost meanwhile

Keys and values are bytes; str is taken as UTF-8. Times are seconds. Methods block until they are settled, or raise a
FenceKvError: its class says what became of the command and what to do next. A Client may be used by many threads, a Lock by
one at a time.
"""

import itertools
import queue
import random
import secrets
import threading
import time

from fencekv_wire import (  # noqa: F401 (errors are for users)
    ABSENT, ANY_REVISION, COUNT, KEYS, LINEARIZABLE, NOT_PROPOSED, OPERATORS, RECORDS, SETTLED_BY_APPLY, STALE, SUBJECTS,
    Compacted, ConditionFailed, Connection, Fenced, FenceKvError, LockBusy, OutcomeUnknown, SessionExpired, Unavailable, error_of)

# --- 6. sessions -----------------------------------------------------------------------------------------------------------


class Session:
    """A replicated identity: numbers its commands from 1, knows the floor, and until when it certainly lives."""

    def __init__(self, nonce):
        self.nonce, self.id, self.ttl = nonce, 0, 0.0
        self.ended = threading.Event()
        self.lease = (0.0, 0.0)  # until when it certainly lives, on the monotonic clock; see _clocks
        self.mutex = threading.Lock()  # guards the fields below
        self.next_number = 1
        self.unsettled = set()
        self.grants = {}  # locks held, by token

    def opened(self, session, ttl, sent):
        self.id, self.ttl = session, ttl
        self.renewed(sent)

    def renewed(self, sent):
        """`sent`: the clocks when the renewal was sent, not when it was answered."""
        now, apart = sent
        self.lease = (now + self.ttl * 0.99, apart)

    @property
    def deadline(self):
        return self.lease[0]

    def certainly_lives(self):
        deadline, apart = self.lease
        now, apart_now = _clocks()
        return not self.ended.is_set() and now < deadline and abs(apart_now - apart) < 0.5

    def number(self):
        with self.mutex:
            number = self.next_number
            self.next_number += 1
            self.unsettled.add(number)
            return number

    def request_id(self, number):
        with self.mutex:
            return {"session": self.id, "sequence": number, "floor": min(self.unsettled, default=self.next_number)}

    def settle(self, number):
        with self.mutex:
            self.unsettled.discard(number)

    def granted(self, lock, token, revision):
        with self.mutex:
            self.grants[token] = (lock, revision)

    def given_back(self, token):
        with self.mutex:
            self.grants.pop(token, None)

    def lose(self, tokens):
        with self.mutex:
            lost = [self.grants.pop(token)[0] for token in list(self.grants) if token in tokens]
        for lock in lost:
            lock.lost = True

    def missing(self, live_tokens, revision):
        """Grants made at `revision` or before that are not live any more."""
        with self.mutex:
            return {token for token, (_, at) in self.grants.items() if at <= revision and token not in live_tokens}

    def end(self):
        self.ended.set()
        self.lose(set(self.grants))


def _clocks():
    """The monotonic clock, and how far the wall clock is from it: a jump of that means that the machine was suspended."""
    now = time.monotonic()
    return now, time.time() - now


# --- the client ------------------------------------------------------------------------------------------------------------


class Client:
    """A client of one cluster. `ttl`: how long it may be silent before its locks and ephemeral keys are gone (2 s to 24 h).
    `timeout`: how long one call may take, retries included. `tls`: an ssl.SSLContext."""

    def __init__(self, *endpoints, ttl=10.0, timeout=10.0, label="", tls=None):
        self.endpoints = list(endpoints) or ["127.0.0.1:7400"]
        self.session_ttl, self.timeout, self.label, self.tls = ttl, timeout, label, tls
        self.opening = threading.Lock()  # held while a session is opened, so that there is one
        self.mutex = threading.Lock()  # guards the fields below; never held while something blocks
        self.connections = {}
        self.leader = None
        self.turn = 0  # whose turn it is while no leader is known
        self.cluster = None
        self.session = None
        self.owners = itertools.count(1)
        self.closed = False
        self.stamp = 0  # the highest seen (section 5)
        self.revision = 0  # the highest seen; `at_least=client.revision` reads your own writes from any node

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def saw(self, stamp, revision):
        with self.mutex:
            self.stamp, self.revision = max(self.stamp, stamp), max(self.revision, revision)

    # records (section 7)

    def get(self, key, stale=False, at_least=0, fences=()):
        """The record (value, modify_revision, version, stamp, token, ...), None if the key is absent. `stale`: what the asked
        node has applied, at least up to revision `at_least`. `fences`: (lock, token) pairs that must live after the read."""
        reply = self._read("GET", key=key, mode=STALE if stale else LINEARIZABLE, at_least_revision=at_least, fences=_fences(fences))
        return reply.body.record if _found(reply) else None

    def get_many(self, keys, at_revision=0, fences=()):
        """A record or None for each key, all as of one revision."""
        terms = self._terms(at_revision, fences)
        reply = self._read("GET_MANY", keys=list(keys), terms=terms)
        _found(reply)
        return reply.body.records

    def scan(self, prefix=b"", start=b"", end=b"", reverse=False, keys_only=False, page=1000, at_revision=0, fences=()):
        """Yields (key, record) of all keys with `prefix`, or from `start` on and below `end`, in order, all as of one revision,
        read page by page. Compacted if records have changed meanwhile and no node knows any more what they were."""
        low, high = (_bytes(prefix), _end_of_prefix(_bytes(prefix))) if prefix else (_bytes(start), _bytes(end))
        while True:
            body, at_revision = self._range(low, high, KEYS if keys_only else RECORDS, reverse, page, at_revision, fences)
            for row in body.rows:
                yield row.key, row.record
            if not body.more:
                return
            last = body.rows[-1].key
            if reverse:
                high = last
            else:
                low = last + b"\0" if len(last) < KEY_BYTES_MAX else _end_of_prefix(last)

    def count(self, prefix=b"", at_revision=0):
        """How many keys have `prefix`."""
        prefix = _bytes(prefix)
        return self._range(prefix, _end_of_prefix(prefix), COUNT, False, 1, at_revision, ())[0].count

    def _range(self, low, high, what, reverse, limit, at_revision, fences):
        terms = self._terms(at_revision, fences)
        reply = self._read("RANGE", range={"from": low, "to": high}, what=what, reverse=reverse, limit=limit, terms=terms)
        return reply.body, _found(reply)

    @staticmethod
    def _terms(at_revision, fences):
        at = dict(revision=at_revision, stamp=0)
        return dict(mode=LINEARIZABLE, at_least_revision=0, at=at, fences=_fences(fences))

    def put(self, key, value, if_absent=False, if_revision=None, ephemeral=False, fences=()):
        """The write's revision. ConditionFailed, Fenced. `ephemeral`: the key ends with this client's session."""
        condition = ABSENT if if_absent else ANY_REVISION if if_revision is None else if_revision
        return _found(self._command("PUT", key=key, value=value, if_revision=condition, ephemeral=ephemeral, fences=_fences(fences)))

    def delete(self, key, if_revision=None, fences=()):
        """The write's revision, None if there was no such key. ConditionFailed, Fenced."""
        condition = ANY_REVISION if if_revision is None else if_revision
        return _found(self._command("DELETE", key=key, if_revision=condition, fences=_fences(fences)))

    def incr(self, key, delta=1, fences=()):
        """Adds to a number in decimal, once, however often it had to be sent; the sum. ConditionFailed if it is no number."""
        return _number(self._command("INCREMENT", key=key, delta=delta, fences=_fences(fences)))

    def append(self, key, value, fences=()):
        """Adds to the end of a value, once, however often it had to be sent; the new length in bytes."""
        return _number(self._command("APPEND", key=key, value=value, fences=_fences(fences)))

    def ttl(self, key):
        """Seconds that a key lives on at least, 0.0 if it does not end by time; None if there is none."""
        reply = self._read("TTL", key=key)
        return reply.body.remaining_ms / 1000 if _found(reply) is not None else None

    def expire(self, key, ttl):
        """The key ends when `ttl` seconds have passed, 0: not by time. False if there is no such key."""
        return self.transact(then=[op.expire(key, ttl)]).results[0].found

    def transact(self, compare=(), then=(), or_else=(), fences=()):
        """If all of `compare` hold, `then` is done, else `or_else`: all of it at one revision, or nothing. `compare`: made by
        compare(); the others: by op. The answer has `succeeded`, `results` in the order of the operations, `revision`.
        Raises what an operation would raise by itself; Fenced names every token that was not good."""
        transaction = dict(comparisons=compare, then=then, or_else=or_else)
        session = self._live_session()
        deadline = time.monotonic() + self.timeout
        reply = self._in_session(session, "TRANSACT", dict(fences=_fences(fences), transaction=transaction), deadline)
        _found(reply)
        if reply.kind == "RESULT_GONE":
            raise OutcomeUnknown("OUTCOME_UNKNOWN", "it applied at revision %d, its results are forgotten" % reply.revision)
        reply.body.revision = reply.revision
        for (case, fields), result in zip(then if reply.body.succeeded else or_else, reply.body.results):
            if case == "ACQUIRE":
                fields["object"]._granted(session, result.token, reply.revision)
        return reply.body

    # locks (section 8)

    def lock(self, name, wait=0.0, lock_delay=0.0):
        """A lock object: one owner. Nothing is sent before acquire() or `with`, which waits up to `wait` seconds."""
        return Lock(self, name, next(self.owners), wait, lock_delay)

    def revoke(self, name, token=0):
        """Takes a lock from its holder; False if nobody holds it. ConditionFailed if `token` is given and not the live one."""
        return _found(self._command("REVOKE", lock=name, token=token)) is not None

    def admit(self, resource, lock, token):
        """Asks the gate of a resource outside the store: returns if `token` may use it now, else Fenced. No lower token will be
        admitted from then on. The first admission makes the gate, which belongs to that lock."""
        _found(self._command("ADMIT", resource=resource, lock=lock, token=token))

    def status(self, endpoint=None):
        """What a node says of itself (section 10)."""
        if endpoint is None:
            return self._read("STATUS").body.status
        reply = self._connection(endpoint).ask("STATUS", {})
        if reply is None or reply.status != "OK":
            raise Unavailable("UNAVAILABLE", endpoint + " does not answer")
        return reply.body.status

    def close(self):
        """Ends the session in the store, so that its locks are free at once."""
        with self.opening:
            session, self.session, self.closed = self.session, None, True
        if session is not None and not session.ended.is_set():
            try:
                self._in_session(session, "CLOSE_SESSION", {}, time.monotonic() + min(2.0, self.timeout))
            except FenceKvError:
                pass  # It ends by its TTL.
            session.end()
        for connection in list(self.connections.values()):
            connection.close("this client is closed")

    # sessions

    def _live_session(self):
        with self.opening:
            if self.closed:
                raise Unavailable("UNAVAILABLE", "this client is closed")
            if self.session is None or self.session.ended.is_set():
                self.session = self._open_session()
            return self.session

    def _open_session(self):
        session = Session({"high": secrets.randbits(64), "low": secrets.randbits(64) | 1})
        sent = _clocks()  # Of the first attempt: a repeated one finds the session that has been running since.
        fields = dict(nonce=session.nonce, ttl_ms=round(self.session_ttl * 1000), label=self.label)
        reply = self._ask("OPEN_SESSION", lambda: fields, sent[0] + self.timeout)
        if reply.status != "OK":
            raise error_of(reply)
        session.opened(reply.body.session, reply.body.ttl_ms / 1000, sent)
        reply.connection.bound.add(session.id)
        threading.Thread(target=self._keep_alive, args=(session,), name="fencekv renewals", daemon=True).start()
        return session

    def _keep_alive(self, session):
        pause = session.ttl / 3
        while not session.ended.wait(pause):
            sent = _clocks()
            if sent[0] >= session.deadline:
                session.end()
                return
            pause = 0.2
            try:
                reply = self._ask("RENEW_SESSION", lambda: {"session": session.id}, session.deadline, session)
            except FenceKvError:
                continue
            if reply.status == "OK":
                session.lose(session.missing(set(reply.body.live_tokens), reply.revision))
                session.renewed(sent)
                pause = session.ttl / 3

    # requests

    def _read(self, request, **fields):
        return self._ask(request, lambda: fields, time.monotonic() + self.timeout)

    def _command(self, request, **fields):
        return self._in_session(self._live_session(), request, fields, time.monotonic() + self.timeout)

    def _in_session(self, session, request, fields, deadline, until_settled=False):
        """A command under one sequence number, whatever happens on the way; so it applies once."""
        number = session.number()
        try:
            build = lambda: dict(fields, id=session.request_id(number))  # noqa: E731 (the floor of now, each time)
            return self._ask(request, build, deadline, session, once=True, until_settled=until_settled)
        finally:
            session.settle(number)

    def _ask(self, request, build, deadline, session=None, once=False, until_settled=False):
        """Sends a request until it is settled (section 4). `once`: sent twice it is the same command, so that an attempt which
        got no answer leaves the outcome unknown. `until_settled`: gives something back, which must not fail silently."""
        unknown, attempt, stamp, trouble = False, 0, None, "no node was asked"
        forgetful, other = set(), None  # nodes that have answered COMPACTED, and one that has not
        while True:
            if session is not None and session.ended.is_set() and request != "CLOSE_SESSION":
                if unknown and not until_settled:
                    raise OutcomeUnknown("OUTCOME_UNKNOWN", "the session ended before there was an answer")
                raise SessionExpired("SESSION_EXPIRED", "the session is over; the command was not applied")
            if time.monotonic() >= deadline:
                raise OutcomeUnknown("OUTCOME_UNKNOWN", trouble) if unknown else Unavailable("UNAVAILABLE", trouble)
            endpoint = other or self._target()
            try:
                connection = self._connection(endpoint)
                if session is not None:
                    connection.bind(session)
                reply = connection.ask(request, build(), stamp=stamp)
            except OSError as e:
                reply, trouble = None, str(e)
            else:
                unknown |= once and reply is None
                trouble = connection.why_closed or "%s says %s" % (endpoint, reply and reply.status)
            status = reply.status if reply is not None else "LOST"
            if status in SETTLED_BY_APPLY:
                return reply
            if status == "SESSION_EXPIRED" and session is not None:
                session.end()
                gone = reply.body.outcomes_gone if reply.kind == "SESSION_EXPIRED" else True
                raise error_of(reply) if not (unknown and gone) else OutcomeUnknown("OUTCOME_UNKNOWN", trouble)
            named = self._note(endpoint, reply)
            other = None
            if status == "OUTCOME_UNKNOWN":
                unknown |= once
            elif status == "CLOCK_SKEW" and until_settled:
                stamp = reply.stamp  # It was applied: every leader accepts it.
            elif status not in NOT_PROPOSED and status != "LOST":
                forgetful.add(endpoint)
                other = next((each for each in self.endpoints if each not in forgetful), None)
                if status == "COMPACTED" and other is not None:
                    continue
                if unknown and not until_settled:
                    raise OutcomeUnknown("OUTCOME_UNKNOWN", trouble + ", but an earlier attempt may have applied")
                raise error_of(reply)
            if not named:
                time.sleep(min(1.0, 0.01 * 2 ** min(attempt, 7)) * random.uniform(0.5, 1.0))  # as section 4 asks
            attempt += 1

    # nodes

    def _target(self):
        with self.mutex:
            return self.leader or self.endpoints[self.turn % len(self.endpoints)]

    def _note(self, endpoint, reply):
        """Learns from an answer that was none. Whether it named a leader that can be asked at once."""
        with self.mutex:
            if reply is not None and reply.status not in ("NOT_LEADER", "UNAVAILABLE"):
                return False
            named = reply.body.leader if reply is not None and reply.kind == "NOT_LEADER" else ""
            if named and named != endpoint:
                self.leader = named
                return True
            self.leader = None
            self.turn += 1
            return False

    def _connection(self, endpoint):
        with self.mutex:
            known = self.connections.get(endpoint)
        if known is not None and known.why_closed is None:
            return known
        made = Connection(endpoint, self)
        cluster = (made.hello.cluster.high, made.hello.cluster.low)
        with self.mutex:
            if self.cluster is None and cluster != (0, 0):
                self.cluster = cluster
            if cluster not in (self.cluster, (0, 0)):
                made.close("is of another cluster than the first node")
                raise ConnectionError(made.why_closed)
            known = self.connections.get(endpoint)
            if known is not None and known.why_closed is None:
                made.close("another thread was faster")
                return known
            self.connections[endpoint] = made
            if self.leader is None and made.hello.leader:
                self.leader = made.hello.leader
            return made


def compare(key, subject, operator, to):
    """A comparison of a transaction: compare("a", "VERSION", "=", 0), compare("a", "VALUE", ">", "m"). Subjects and operators:
    SUBJECTS and OPERATORS of fencekv_wire."""
    number, value = (0, to) if subject == "VALUE" else (to, b"")
    return dict(key=key, subject=SUBJECTS[subject], operator=OPERATORS[operator], number=number, value=value)


class op:
    """Operations of a transaction. Each key, and each lock, is named once in a branch."""

    @staticmethod
    def put(key, value, ttl=0.0, ephemeral=False, previous=False):
        """`ttl`: seconds that it lives at least, 0: it does not end by time. Result: `previous`, if asked for."""
        return "PUT", dict(key=key, value=value, ephemeral=ephemeral, ttl_ms=round(ttl * 1000), return_previous=previous)

    @staticmethod
    def delete(key, previous=False):
        """Result: `deleted`, and `previous` if asked for."""
        return "DELETE", dict(key=key, return_previous=previous)

    @staticmethod
    def delete_prefix(prefix):
        """Removes all keys that start with it, at most 10000. Result: `deleted`, how many there were."""
        low = _bytes(prefix)
        return "DELETE_RANGE", dict(range={"from": low, "to": _end_of_prefix(low)})

    @staticmethod
    def get(key):
        """Result: `record`, `remaining_ms`."""
        return "GET", dict(key=key)

    @staticmethod
    def incr(key, delta=1):
        """Result: `number`, the sum."""
        return "INCREMENT", dict(key=key, delta=delta)

    @staticmethod
    def append(key, value):
        """Result: `number`, the new length."""
        return "APPEND", dict(key=key, value=value)

    @staticmethod
    def acquire(lock):
        """Takes a Lock, or the whole transaction is LockBusy. Result: `token`; the Lock is held then."""
        return "ACQUIRE", dict(lock=lock.name, owner=lock.owner, lock_delay_ms=round(lock.lock_delay * 1000), object=lock)

    @staticmethod
    def expire(key, ttl):
        """Result: `found`."""
        return "EXPIRE", dict(key=key, ttl_ms=round(ttl * 1000))


KEY_BYTES_MAX = 1024


def _bytes(key):
    return key.encode() if isinstance(key, str) else key


def _end_of_prefix(prefix):
    """The lowest key above all that start with it; empty, which stands for no end, if there is none."""
    cut = prefix.rstrip(b"\xff")
    return cut[:-1] + bytes([cut[-1] + 1]) if cut else b""


def _fences(pairs):
    return [{"lock": lock, "token": token} for lock, token in pairs]


def _found(reply):
    """The revision of an OK; None for NOT_FOUND; else raises."""
    if reply.status == "OK":
        return reply.revision
    if reply.status == "NOT_FOUND":
        return None
    raise error_of(reply)


def _number(reply):
    _found(reply)
    return reply.body.number


# --- 8. locks --------------------------------------------------------------------------------------------------------------


class Lock:
    """One owner of a lock. Belief is `held`; proof is the token, which every write made through this object shows."""

    PATIENCE = 1.0  # lease time runs behind this clock
    PING_INTERVAL = 2.0

    def __init__(self, client, name, owner, wait, lock_delay):
        self.client, self.name, self.owner, self.wait, self.lock_delay = client, name, owner, wait, lock_delay
        self.token, self.session, self.lost = 0, None, False

    @property
    def held(self):
        """Whether nobody else can hold it at this moment, by this machine's clocks. Ask anew each time."""
        return self.token != 0 and not self.lost and self.session.certainly_lives()

    @property
    def fence(self):
        """What a write must show; for the client's own methods, or to hand to another process."""
        if self.token == 0:
            raise ValueError("lock %s is not locked" % self.name)
        return (self.name, self.token)

    def __enter__(self):
        self.acquire(self.wait)
        return self

    def __exit__(self, *_):
        self.release()

    def acquire(self, wait=0.0):
        """The token. Waits in the queue for up to `wait` seconds of lease time; LockBusy if that was not enough."""
        if self.token != 0:
            raise ValueError("lock %s is locked: release it first" % self.name)
        session = self.client._live_session()
        end = time.monotonic() + wait
        remaining = wait
        while True:
            fields = dict(lock=self.name, owner=self.owner, wait_ms=round(remaining * 1000),
                          lock_delay_ms=round(self.lock_delay * 1000))
            deadline = time.monotonic() + remaining + self.client.timeout
            try:
                reply = self.client._in_session(session, "ACQUIRE", fields, deadline)
            except OutcomeUnknown:
                return self._leave(session)
            if reply.status == "QUEUED":
                reply = self._told(reply, end)
            if reply is not None and reply.kind == "TOKEN":
                return self._granted(session, reply.body.token, reply.revision)
            if reply is not None and reply.status in ("LOCK_BUSY", "NOT_FOUND", "SESSION_EXPIRED"):
                raise error_of(reply)
            # Nobody will tell about the place, or the grant, any more: asked again, it is found.
            remaining = end - time.monotonic()
            if remaining < 0.001:
                return self._leave(session)  # A try would not say whether the place is still there.

    def reclaim(self, token):
        """Takes a lock again whose grant by `token` has ended, if nobody was granted it since; so what was protected by it is as
        it was left. The new token. Fenced if somebody was, LockBusy while it is held or closed."""
        if self.token != 0:
            raise ValueError("lock %s is locked: release it first" % self.name)
        session = self.client._live_session()
        fields = dict(lock=self.name, owner=self.owner, lock_delay_ms=round(self.lock_delay * 1000), token=token)
        reply = self.client._in_session(session, "RECLAIM", fields, time.monotonic() + self.client.timeout)
        _found(reply)
        return self._granted(session, reply.body.token, reply.revision)

    def _told(self, queued, end):
        """The second reply; None if it will not come, or should have."""
        while queued.more:
            left = end + self.PATIENCE - time.monotonic()
            if left <= 0:
                break
            try:
                return queued.rest.get(timeout=min(self.PING_INTERVAL, left))
            except queue.Empty:
                try:
                    queued.connection.ask("PING", {})  # A node that says nothing is given up; then None comes.
                except OSError:
                    pass
        return None

    def _leave(self, session):
        """Leaves the queue. A grant that came first is ours all the same."""
        fields = dict(lock=self.name, owner=self.owner)
        reply = self._give_back(session, "CANCEL_WAIT", fields)
        if reply.kind == "TOKEN":
            return self._granted(session, reply.body.token, reply.revision)
        raise LockBusy("LOCK_BUSY", "lock %s was not granted in time" % self.name)

    def _granted(self, session, token, revision):
        self.session, self.token, self.lost = session, token, False
        session.granted(self, token, revision)
        return token

    def release(self):
        """Gives the lock back. False if it had been lost before."""
        if self.token == 0:
            raise ValueError("lock %s is not locked" % self.name)
        session, token, self.token = self.session, self.token, 0
        session.given_back(token)
        try:
            return self._give_back(session, "RELEASE", dict(lock=self.name, token=token)).status == "OK"
        except SessionExpired:
            return False

    def _give_back(self, session, request, fields):
        """Goes on until it is settled or the session is over; what cannot be given back ends the session."""
        try:
            return self.client._in_session(session, request, fields, float("inf"), until_settled=True)
        except SessionExpired:
            raise
        except FenceKvError:
            session.end()  # Not renewed any more: the store takes the lock back by itself.
            raise

    # records, with the token

    def get(self, key):
        """The record; Fenced if the token does not live any more once it has been read."""
        return self.client.get(key, fences=[self.fence])

    def put(self, key, value, **conditions):
        return self.client.put(key, value, fences=[self.fence], **conditions)

    def delete(self, key, **conditions):
        return self.client.delete(key, fences=[self.fence], **conditions)

    def incr(self, key, delta=1):
        return self.client.incr(key, delta, fences=[self.fence])

    def append(self, key, value):
        return self.client.append(key, value, fences=[self.fence])
