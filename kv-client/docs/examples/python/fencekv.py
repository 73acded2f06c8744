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
import weakref
from types import SimpleNamespace

from fencekv_admin import Admin  # noqa: F401 (for users, as the errors)
from fencekv_election import Election
from fencekv_watch import Watch
from fencekv_wire import (  # noqa: F401
    ABSENT, ANY_REVISION, LINEARIZABLE, NOT_PROPOSED, SETTLED_BY_APPLY, STALE, Compacted, ConditionFailed, Connection, Fenced,
    FenceKvError, LockBusy, OutcomeUnknown, SessionExpired, Unavailable, WaitCancelled, end_of_prefix, error_of, found, key_range,
    to_bytes)

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
    """A client of one cluster. `endpoints`: HOST:PORT of its nodes, best of all of them. `ttl`: how long it may be silent before
    its locks and ephemeral keys are gone (2 s to 24 h). `timeout`: how long one call may take, retries included. `label`: shown to
    people. `tls`: an ssl.SSLContext. `sessionless`: writes go without a session: nothing is sent twice, so that OutcomeUnknown
    is met more often, and there are no locks, ephemeral keys, incr and append."""

    def __init__(self, *endpoints, ttl=10.0, timeout=10.0, label="", tls=None, sessionless=False):
        self.endpoints = list(endpoints) or ["127.0.0.1:7400"]
        self.session_ttl, self.timeout, self.label, self.tls, self.sessionless = ttl, timeout, label, tls, sessionless
        self.opening = threading.Lock()  # held while a session is opened, so that there is one
        self.mutex = threading.Lock()  # guards the fields below; never held while something blocks
        self.connections = {}
        self.leader = None
        self.turn = 0  # whose turn it is while no leader is known
        self.cluster = None
        self.session = None
        self.owners = itertools.count(1)
        self.closed = False
        self.watches = weakref.WeakSet()
        self.stamp = 0  # the highest seen (section 5)
        self.revision = 0  # the highest seen; `at_least=client.revision` reads your own writes from any node

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def saw(self, stamp, revision):
        with self.mutex:
            self.stamp, self.revision = max(self.stamp, stamp), max(self.revision, revision)

    # records (section 7). Reads take `terms`:
    #   at_revision, at_stamp: the records as that revision, or the last write up to that stamp, left them (not both). Compacted if
    #       no node knows that any more.
    #   stale: what the asked node has applied, at least up to the revision `at_least`.
    #   fences: (lock, token) pairs that must live once all is read, else Fenced.

    def get(self, key, stale=False, at_least=0, fences=(), **at):
        """The record (value, create_revision, modify_revision, version, stamp, token, owner, writer, writer_sequence), None if the
        key is absent."""
        if at:
            return self.get_many([key], stale=stale, at_least=at_least, fences=fences, **at)[0]
        mode = STALE if stale else LINEARIZABLE
        reply = self.read("GET", key=key, mode=mode, at_least_revision=at_least, fences=_fences(fences))
        return None if reply.status == "NOT_FOUND" else reply.body.record

    def get_many(self, keys, **terms):
        """A record or None for each key, all as of one revision."""
        return self.read("GET_MANY", keys=list(keys), terms=_terms(**terms)).body.records

    def scan(self, prefix=b"", start=b"", end=b"", reverse=False, keys_only=False, page=1000, **terms):
        """Yields (key, record) of all keys with `prefix`, or from `start` on and below `end`, in order, all as of one revision,
        read page by page. Compacted if records have changed meanwhile and no node knows any more what they were."""
        low, high = key_range(prefix, start, end)
        terms = _terms(**terms)
        while True:
            reply = self._range(low, high, "KEYS" if keys_only else "RECORDS", reverse, page, terms)
            for row in reply.body.rows:
                yield row.key, row.record
            if not reply.body.more:
                return
            terms["at"] = dict(revision=reply.revision, stamp=0)
            last = reply.body.rows[-1].key
            if reverse:
                high = last
            else:
                low = key_range(key=last)[1]

    def count(self, prefix=b"", start=b"", end=b"", **terms):
        """How many keys have `prefix`, or lie from `start` on and below `end`."""
        return self._range(*key_range(prefix, start, end), "COUNT", False, 1, _terms(**terms)).body.count

    def _range(self, low, high, what, reverse, limit, terms):
        return self.read("RANGE", range={"from": low, "to": high}, what=what, reverse=reverse, limit=limit, terms=terms)

    def put(self, key, value, if_absent=False, if_revision=None, ephemeral=False, fences=()):
        """The write's revision. ConditionFailed, Fenced. `if_revision`: the modify revision that it must have. `ephemeral`: the key
        ends with this client's session. `fences`: (lock, token) pairs, all of which must live."""
        condition = ABSENT if if_absent else ANY_REVISION if if_revision is None else if_revision
        return self.command("PUT", key=key, value=value, if_revision=condition, ephemeral=ephemeral, fences=_fences(fences))

    def delete(self, key, if_revision=None, fences=()):
        """The write's revision, None if there was no such key. ConditionFailed, Fenced."""
        condition = ANY_REVISION if if_revision is None else if_revision
        return self.command("DELETE", key=key, if_revision=condition, fences=_fences(fences))

    def incr(self, key, delta=1, fences=()):
        """Adds to a number in decimal, once, however often it had to be sent; the sum. ConditionFailed if it is no number."""
        return _number(self._send("INCREMENT", key=key, delta=delta, fences=_fences(fences)))

    def append(self, key, value, fences=()):
        """Adds to the end of a value, once, however often it had to be sent; the new length in bytes."""
        return _number(self._send("APPEND", key=key, value=value, fences=_fences(fences)))

    def ttl(self, key):
        """Seconds that a key lives on at least, 0.0 if it does not end by time; None if there is none."""
        reply = self.read("TTL", key=key)
        return None if reply.status == "NOT_FOUND" else reply.body.remaining_ms / 1000

    def expire(self, key, ttl):
        """The key ends when `ttl` seconds have passed, 0: not by time. False if there is no such key."""
        return self.transact(then=[op.expire(key, ttl)]).results[0].found

    def transact(self, compare=(), then=(), or_else=(), fences=()):
        """If all of `compare` hold, `then` is done, else `or_else`: all of it at one revision, or nothing. `compare`: made by
        compare(); the others: by op. The answer has `succeeded`, `results` in the order of the operations, `revision`.
        Raises what an operation would raise by itself; Fenced names every token that was not good."""
        transaction = dict(comparisons=compare, then=then, or_else=or_else)
        session = None if self.sessionless else self._live_session()
        reply = self._send("TRANSACT", session, fences=_fences(fences), transaction=transaction)
        found(reply)
        if reply.kind == "RESULT_GONE":
            raise OutcomeUnknown("OUTCOME_UNKNOWN", "it applied at revision %d, its results are forgotten" % reply.revision)
        reply.body.revision = reply.revision
        for (case, fields), result in zip(then if reply.body.succeeded else or_else, reply.body.results):
            if case == "ACQUIRE":
                fields["object"]._granted(session, result.token, reply.revision)
        return reply.body

    # locks (section 8)

    def lock(self, name, wait=0.0, lock_delay=0.0):
        """A lock object: one owner, who has it alone. Nothing is sent before acquire() or `with`, which waits up to `wait` seconds
        (0: not at all). `lock_delay`: seconds that the lock stays closed if this grant should expire, 0 to 60."""
        return Lock(self, name, next(self.owners), wait, lock_delay)

    def read_lock(self, name, wait=0.0):
        """As lock(), beside other readers; who has `name` by lock() has it alone, and while he waits no new reader gets in."""
        return Lock(self, name, next(self.owners), wait, 0.0, permits=0)

    def semaphore(self, name, permits, wait=0.0):
        """As lock(), one of `permits` at a time (1 to 65535). ConditionFailed while it is in use with another number."""
        return Lock(self, name, next(self.owners), wait, 0.0, permits=permits)

    def election(self, name):
        """One candidate, who does not stand yet."""
        return Election(self, name)

    def revoke(self, name, token=0):
        """Takes a lock from its holder; False if nobody holds it. ConditionFailed if `token` is given and not live, or not given
        and several hold it."""
        return self.command("REVOKE", lock=name, token=token) is not None

    def admit(self, resource, lock, token):
        """Asks the gate of a resource outside the store: returns if `token` may use it now, else Fenced. No lower token will be
        admitted from then on. The first admission makes the gate, which belongs to that lock."""
        self.command("ADMIT", resource=resource, lock=lock, token=token)

    # watches (section 13)

    def watch(self, prefix=b"", start=b"", end=b"", key=None, from_revision=0, puts=True, deletes=True, previous=False,
              keys_only=False, progress=0.0):
        """Changes of all keys with `prefix`, or from `start` on and below `end`, or of one `key`, as they happen; see Watch. From
        `from_revision` on, itself included; 0: all that is written after this returns. `previous`: events say what was there
        before. `progress`: an empty list comes at least every so many seconds (0: none does), so that `next_revision` gets on
        while nothing happens. Compacted if no node has `from_revision` in its history."""
        low, high = key_range(prefix, start, end, key)
        return self.begun_watch(
            "WATCH", from_revision, progress, range={"from": low, "to": high}, puts=puts, deletes=deletes, previous=previous,
            keys_only=keys_only)

    def watch_locks(self, prefix="", name=None, from_revision=0, queue=False, progress=0.0):
        """What happens to all locks whose names start with `prefix`, or to the one called `name`; else as watch(). `queue`: also who
        begins to wait, and who ceases to without having been granted it."""
        locks = {"name": prefix if name is None else name, "prefix": name is None}
        return self.begun_watch("WATCH_LOCKS", from_revision, progress, locks=locks, queue=queue)

    def watch_rejections(self, prefix=b"", lock=None, enforced_only=False, from_revision=0, progress=0.0):
        """What fences refuse to change under `prefix` (with none also releases and admissions, which are about no key), of all locks
        or of one; else as watch(). `enforced_only`: nothing of what an observing guard let through. Repeats are not told: rejections()
        counts them."""
        low, high = key_range(prefix, b"", b"", None)
        locks = {"name": lock or "", "prefix": lock is None}
        return self.begun_watch(
            "WATCH_REJECTIONS", from_revision, progress, range={"from": low, "to": high}, locks=locks, enforced_only=enforced_only)

    def begun_watch(self, asks, from_revision, progress, **wanted):
        if self.closed:
            raise Unavailable("UNAVAILABLE", "this client is closed")
        made = Watch(self, asks, from_revision, progress, **wanted)
        self.watches.add(made)
        return made

    # looking around (sections 8 to 10): the fields are those of the page's structs. Listings are read page by page; each page is as
    # of a moment of its own.

    def inspect(self, name, stale=False):
        """A lock: `newest_token`, `grant`, `queue`, `ended`, ...; None if it does not exist."""
        reply = self.read("INSPECT_LOCK", lock=name, mode=STALE if stale else LINEARIZABLE)
        return None if reply.status == "NOT_FOUND" else reply.body.locks[0]

    def locks(self):
        """Yields all locks, by name."""
        return self.pages("LIST_LOCKS", "locks", lambda row: row.name, "")

    def holders(self, name):
        """Yields all who hold a lock: `grant` (token, session, owner, label, revision, at), `shared`, `permits`."""
        return self.pages("LIST_HOLDERS", "holders", lambda row: row.grant.token, 0, lock=name)

    def sessions(self):
        """Yields all live sessions: `id`, `label`, `ttl_ms`, `remaining_ms`, `grants`, `waits`, `keys`."""
        return self.pages("LIST_SESSIONS", "sessions", lambda row: row.id, 0)

    def rejections(self, after=0):
        """Yields what fences refused, oldest first, beyond the revision `after`: `revision`, `at`, `session`, `label`, `key`,
        `violation`, `enforced`, `repeats`."""
        return self.pages("LIST_REJECTIONS", "rejections", lambda row: row.revision, after)

    def status(self, endpoint=None):
        """What a node says of itself: `address`, `role`, `leader`, `revision`, `members`, ... Of any node, or of that one."""
        return self._of_node("STATUS", endpoint).status

    def health(self, endpoint=None):
        """How a node sees itself and the others."""
        return self._of_node("HEALTH", endpoint).health

    def _of_node(self, request, endpoint):
        if endpoint is None:
            return self.read(request).body
        try:
            reply = self._connection(endpoint).ask(request, {})
        except OSError as e:
            raise Unavailable("UNAVAILABLE", str(e)) from e
        if reply is None:
            raise Unavailable("UNAVAILABLE", endpoint + " does not answer")
        found(reply)
        return reply.body

    def close(self):
        """Ends the session in the store, so that its locks are free at once, and all watches."""
        for watch in list(self.watches):
            watch.close()
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

    def read(self, request, **fields):
        """The reply to what changes nothing: OK or NOT_FOUND, else raises."""
        reply = self._ask(request, lambda: fields, time.monotonic() + self.timeout)
        found(reply)
        return reply

    def pages(self, request, rows, place, after, **fields):
        """Yields the rows of a listing. `place`: what of a row the next page begins after."""
        more = True
        while more:
            body = self.read(request, after=after, limit=1000, **fields).body
            page, more = getattr(body, rows), body.more
            yield from page
            after = place(page[-1]) if page else after

    def command(self, request, **fields):
        """The revision of a command, None if it found nothing to change; else raises."""
        return found(self._send(request, **fields))

    def once(self, request, **fields):
        """As command(), of what has no session, and so is not sent twice: OutcomeUnknown is final."""
        reply = self._ask(request, lambda: fields, time.monotonic() + self.timeout, once=True, repeatable=False)
        return found(reply)

    def _send(self, request, session=None, **fields):
        deadline = time.monotonic() + self.timeout
        if self.sessionless:
            return self._ask(request, lambda: dict(fields, id=NO_SESSION), deadline, once=True, repeatable=False)
        return self._in_session(session or self._live_session(), request, fields, deadline)

    def _in_session(self, session, request, fields, deadline, until_settled=False):
        """A command under one sequence number, whatever happens on the way; so it applies once."""
        number = session.number()
        try:
            build = lambda: dict(fields, id=session.request_id(number))  # noqa: E731 (the floor of now, each time)
            return self._ask(request, build, deadline, session, once=True, until_settled=until_settled)
        finally:
            session.settle(number)

    def _ask(self, request, build, deadline, session=None, once=False, repeatable=True, until_settled=False):
        """Sends a request until it is settled (section 4). `once`: it must not apply twice, so that an attempt which got no answer
        leaves the outcome unknown, for good unless it is `repeatable`. `until_settled`: gives something back, which must not fail
        silently."""
        unknown, attempt, stamp, trouble = False, 0, None, "no node was asked"
        compacted, asked, other = None, set(), None  # a COMPACTED; who was asked since; who is to be
        while True:
            if session is not None and session.ended.is_set() and request != "CLOSE_SESSION":
                if unknown and not until_settled:
                    raise OutcomeUnknown("OUTCOME_UNKNOWN", "the session ended before there was an answer")
                raise SessionExpired("SESSION_EXPIRED", "the session is over; the command was not applied")
            if time.monotonic() >= deadline or unknown and not repeatable:
                raise OutcomeUnknown("OUTCOME_UNKNOWN", trouble) if unknown else Unavailable("UNAVAILABLE", trouble)
            endpoint = other or self._target()
            try:
                connection = self._connection(endpoint)
                if session is not None:
                    connection.bind(session)
                reply = connection.ask(request, build(), stamp=stamp)
                unknown |= once and reply is None
                trouble = connection.why_closed
            except OSError as e:
                reply, trouble = None, str(e)
            status = reply.status if reply is not None else "LOST"
            if status in SETTLED_BY_APPLY:
                return reply
            if reply is not None:
                trouble = "%s says %s" % (endpoint, error_of(reply))
            if status == "SESSION_EXPIRED" and session is not None:
                session.end()
                gone = reply.body.outcomes_gone if reply.kind == "SESSION_EXPIRED" else True
                raise error_of(reply) if not (unknown and gone) else OutcomeUnknown("OUTCOME_UNKNOWN", trouble)
            if status == "COMPACTED":
                compacted = reply
            if compacted is not None:  # Each other node is asked once before it is believed.
                asked.add(endpoint)
                other = next((each for each in self.endpoints if each not in asked), None)
                if other is None:
                    raise error_of(compacted)
                continue
            named = self._note(endpoint, reply)
            if status == "OUTCOME_UNKNOWN":
                unknown |= once
            elif status == "CLOCK_SKEW" and until_settled:
                stamp = reply.stamp  # It was applied: every leader accepts it.
            elif status not in NOT_PROPOSED and status != "LOST":
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
        made = self.open(Connection, endpoint)
        with self.mutex:
            known = self.connections.get(endpoint)
            if known is not None and known.why_closed is None:
                made.close("another thread was faster")
                return known
            self.connections[endpoint] = made
            if self.leader is None and made.hello.leader:
                self.leader = made.hello.leader
            return made

    def open(self, kind, endpoint):
        """A Channel or Connection of its own to a node of this cluster. Raises OSError."""
        made = kind(endpoint, self)
        cluster = (made.hello.cluster.high, made.hello.cluster.low)
        with self.mutex:
            if self.cluster is None and cluster != (0, 0):
                self.cluster = cluster
            other = cluster not in (self.cluster, (0, 0))
        if other:
            made.close("is of another cluster than the first node")
            raise ConnectionError(made.why_closed)
        return made


def compare(key, subject, operator, to):
    """A comparison of a transaction: compare("a", "VERSION", "=", 0), compare("a", "VALUE", ">", "m"). `subject`: VALUE,
    MODIFY_REVISION, CREATE_REVISION, VERSION, TOKEN or OWNER; all numbers of an absent key are 0. `operator`: = != < >"""
    number, value = (0, to) if subject == "VALUE" else (to, b"")
    return dict(key=key, subject=subject, operator=OPERATORS[operator], number=number, value=value)


OPERATORS = {"=": "EQUAL", "!=": "NOT_EQUAL", "<": "LESS", ">": "GREATER"}


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
        low = to_bytes(prefix)
        return "DELETE_RANGE", dict(range={"from": low, "to": end_of_prefix(low)})

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


NO_SESSION = {"session": 0, "sequence": 0, "floor": 0}


def _terms(at_revision=0, at_stamp=0, stale=False, at_least=0, fences=()):
    at = dict(revision=at_revision, stamp=at_stamp)
    return dict(mode=STALE if stale else LINEARIZABLE, at_least_revision=at_least, at=at, fences=_fences(fences))


def _fences(pairs):
    return [{"lock": lock, "token": token} for lock, token in pairs]


def _number(reply):
    found(reply)
    return reply.body.number


# --- 8. locks --------------------------------------------------------------------------------------------------------------


class Lock:
    """One owner of a lock, of a place among readers, or of a permit. Belief is `held`; proof is the token, which every write made
    through this object shows. A shared token (of a reader, a permit) satisfies no guard and no gate.

    Used by one thread at a time, but cancel(), place() and `held`, which any thread may use."""

    PATIENCE = 1.0  # lease time runs behind this clock
    PING_INTERVAL = 2.0

    def __init__(self, client, name, owner, wait, lock_delay, permits=None):
        self.client, self.name, self.owner, self.wait, self.lock_delay = client, name, owner, wait, lock_delay
        self.permits = permits  # None: alone; 0: as a reader; else one of so many
        self.token, self.session, self.lost = 0, None, False
        self.giving_up, self.replies = threading.Event(), None  # of the wait that is under way

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
        """The token. Waits in the queue for up to `wait` seconds of lease time; LockBusy if that was not enough, WaitCancelled
        after cancel(). ConditionFailed if it is shared by another number of permits."""
        session = self._to_be_granted()
        request = "ACQUIRE" if self.permits is None else "ACQUIRE_SHARED"
        self.giving_up.clear()
        end = time.monotonic() + wait
        remaining = wait
        while True:
            fields = dict(lock=self.name, owner=self.owner, wait_ms=round(remaining * 1000), permits=self.permits,
                          lock_delay_ms=round(self.lock_delay * 1000))
            deadline = time.monotonic() + remaining + self.client.timeout
            try:
                reply = self.client._in_session(session, request, fields, deadline)
            except OutcomeUnknown:
                return self._leave(session)
            if reply.status == "QUEUED":
                reply = self._told(reply, end)
            if reply is not None and reply.kind == "TOKEN":
                return self._granted(session, reply.body.token, reply.revision)
            if reply is not None and reply.status == "NOT_FOUND":
                raise self._cancelled()
            if reply is not None and reply.status != "QUEUED":
                raise error_of(reply)
            # Nobody will tell about the place, or the grant, any more: asked again, it is found.
            remaining = end - time.monotonic()
            if remaining < 0.001 or self.giving_up.is_set():
                return self._leave(session)  # A try would not say whether the place is still there.

    def cancel(self):
        """Ends the wait of another thread that is in acquire(): that raises WaitCancelled, or returns the token if the grant was
        faster. Does nothing if nobody waits."""
        self.giving_up.set()
        replies = self.replies
        if replies is not None:
            replies.put(None)

    def place(self):
        """Where this owner waits: `ahead`, how many will be granted it before; `waiters`, how many wait in all; `holder`, who has
        it now (the newest, if several do); `remaining`, seconds of lease time that the wait lasts at most. None if it does not
        wait, or is not among the first thousand."""
        lock, session = self.client.inspect(self.name), self.session
        for ahead, waiter in enumerate(lock.queue if lock and session else ()):
            if (waiter.session, waiter.owner) == (session.id, self.owner):
                return SimpleNamespace(ahead=ahead, waiters=lock.waiters, holder=lock.grant, remaining=waiter.remaining_ms / 1000)
        return None

    def reclaim(self, token):
        """Takes a lock again whose grant by `token` has ended, if nobody was granted it since; so what was protected by it is as
        it was left. The new token. Fenced if somebody was, or it was revoked; LockBusy while it is held or closed."""
        session = self._to_be_granted()
        fields = dict(lock=self.name, owner=self.owner, lock_delay_ms=round(self.lock_delay * 1000), token=token)
        reply = self.client._in_session(session, "RECLAIM", fields, time.monotonic() + self.client.timeout)
        found(reply)
        return self._granted(session, reply.body.token, reply.revision)

    def _to_be_granted(self):
        """The session in which it will be."""
        if self.token != 0:
            raise ValueError("lock %s is locked: release it first" % self.name)
        if self.client.sessionless:
            raise ValueError("a client without a session has no locks")
        self.session = self.client._live_session()
        return self.session

    def _told(self, queued, end):
        """The second reply; None if it will not come, should have, or is not waited for any more."""
        self.replies = queued.rest  # Before giving_up is read: cancel() looks at them the other way round.
        while queued.more and not self.giving_up.is_set():
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
        if self.giving_up.is_set():
            raise self._cancelled()
        raise LockBusy("LOCK_BUSY", "lock %s was not granted in time" % self.name)

    def _cancelled(self):
        return WaitCancelled("LOCK_BUSY", "the wait for lock %s was cancelled" % self.name)

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
