"""Elections: section 14 of protocol.md, made of a lock, a record and watches of both. Made by Client.election()."""

import queue
import threading
from types import SimpleNamespace

from fencekv_wire import Compacted, FenceKvError, Unavailable


class Election:
    """One candidate. Who has the lock `election/NAME` leads, and tells the others what they need to know of it in the record of
    that name, by its token: what a leader of before proclaims late is Fenced.

        election = client.election("billing")
        token = election.campaign("10.0.0.1:8080", wait=3600)
        election.lock.put("billing/state", "...")       # only as long as it leads

    `Admin(client).set_guard(election.key, election.key, force=True)`, once, keeps everybody else from writing the record, also
    who shows no token. No other election's name may begin with this one's then.

    Used by one thread at a time, but `is_leader`, leader() and observe(), which any thread may use."""

    def __init__(self, client, name):
        self.client, self.key = client, "election/" + name
        self.lock = client.lock(self.key)

    def campaign(self, value, wait):
        """Queues for up to `wait` seconds until it is elected, and proclaims its value. The token by which it leads; LockBusy.
        `lock.cancel()`, from another thread, ends it with WaitCancelled."""
        token = self.lock.acquire(wait)
        try:
            self.proclaim(value)
        except BaseException:
            self.resign()
            raise
        return token

    def proclaim(self, value):
        """The leader tells another value; Fenced if it leads no more. The write's revision."""
        return self.lock.put(self.key, value, ephemeral=True)

    def resign(self):
        """Leads no more: the next candidate is elected. False if the lead had been lost before."""
        try:
            self.lock.delete(self.key)  # First: beside a successor's grant it would be the word of nobody.
        except FenceKvError:
            pass  # It is not ours any more, or ends with the session.
        return self.lock.release()

    @property
    def is_leader(self):
        """Whether nobody else can lead at this moment, by this machine's clocks. Proof is the token."""
        return self.lock.held

    def leader(self):
        """Who leads: `value`, `token`, `label`, `session`, `revision` of the proclamation. None if nobody does, or the one elected
        has not proclaimed yet."""
        record = self.client.get(self.key)  # First: a token that lives after it was read lived then.
        lock = self.client.inspect(self.key)
        grant = lock and lock.grant
        if record is None or grant is None or record.token != grant.token:
            return None
        return SimpleNamespace(
            value=record.value, token=grant.token, label=grant.label, session=grant.session, revision=record.modify_revision)

    def observe(self):
        """Yields the leader, or None, now and whenever that or its proclamation changes, while there is a cluster or not. Of what
        begins and ends faster than it can be asked for, the last is told. For ever: stop iterating, or close the client."""
        told = self  # Which is no leader.
        while True:
            try:
                for leader in self._leaders():
                    if leader != told:
                        told = leader
                        yield leader
            except Compacted:
                pass  # It was away for too long to know what it has missed: what it is now counts.

    def _leaders(self):
        news = queue.SimpleQueue()
        with self.client.watch(key=self.key, keys_only=True) as record, self.client.watch_locks(name=self.key) as lock:
            for watch in (record, lock):
                threading.Thread(target=_listen, args=(watch, news), name="fencekv election", daemon=True).start()
            while True:
                yield self._leader_at_last()
                failure = news.get()
                if failure is not None:
                    raise failure

    def _leader_at_last(self):
        while True:
            try:
                return self.leader()
            except Unavailable:
                if self.client.closed:
                    raise


def _listen(watch, news):
    """Says None whenever the watch is told something, and at last why it is over."""
    try:
        for _ in watch:
            news.put(None)
        news.put(Unavailable("UNAVAILABLE", "this client is closed"))
    except Exception as e:
        news.put(e)
