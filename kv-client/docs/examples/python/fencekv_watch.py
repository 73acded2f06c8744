"""Watches of records, of locks and of rejections: section 13 of protocol.md. Made by Client.watch(), watch_locks(), watch_rejections()."""

import random
import threading
import time

from fencekv_wire import NOT_PROPOSED, Channel, Unavailable, error_of


class Watch:
    """Changes of the keys of a range as they happen. An iterator of lists of events, each of one revision or several, whole:

        with client.watch(prefix="orders/", from_revision=stored) as watch:
            for events in watch:
                for event in events:
                    print(event.type, event.key, event.record and event.record.value)
                stored = watch.next_revision    # another watch goes on from here, without gap or overlap

    An event has `type` ("PUT" or "DELETE"), `revision`, `stamp`, `key`, `record` (None of a delete), and `previous` if asked for.
    One of a lock has `type` ("GRANTED", "RELEASED", "EXPIRED", "REVOKED", "QUEUED", "LEFT_QUEUE"), `revision`, `stamp`, `lock`, `token`,
    `session`, `owner`, `label`, `shared`, `permits`, `delay_ms`. A rejection is as Client.rejections() yields them, with 1 as `repeats`.

    When its node is lost, or cuts it off because it was read too slowly, it goes on at another one, for as long as that takes.
    It raises Compacted when no node's history has what comes next; then it is over.

    Iterated by one thread; cancel() and close() may come from any. Nothing is read ahead: while nobody iterates, what happens
    stays in the node's history, and the node's patience with that is 20 s."""

    PROGRESS = 2.0  # A node has something to say at least so often,
    SILENCE = 10.0  # and is given up when it has not for so long. Seconds.

    def __init__(self, client, asks, from_revision, progress, **wanted):
        """`asks`: the request that begins it, with the fields `wanted`."""
        self.client, self.asks = client, asks
        self.tells_progress = progress > 0
        self.request = dict(
            wanted, progress_ms=max(1, round(1000 * min(progress or self.PROGRESS, self.PROGRESS))))
        self.next_revision = from_revision  # the first that was not handed out; 0 until "from now" is known
        self.stopping = threading.Event()
        self.turn = random.randrange(len(client.endpoints))
        self.compacted, self.asked = None, set()  # the last COMPACTED, and the nodes asked in vain since the first one
        self.channel, self.number, self.part = None, 0, []
        self._begin(time.monotonic() + client.timeout)

    def __iter__(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def endpoint(self):
        """The node that tells it, or has told it last."""
        return self.client.endpoints[self.turn]

    def cancel(self):
        """Ends it in good order: what is on its way is still told, then iteration ends."""
        self.stopping.set()
        channel = self.channel
        if channel is not None:
            try:
                channel.write("CANCEL_WATCH", {"watch": self.number}, next(channel.numbers))
            except OSError:
                channel.close("it was lost")

    def close(self):
        """Ends it at once."""
        self.stopping.set()
        channel = self.channel
        if channel is not None:
            channel.close("the watch is closed")

    def __next__(self):
        while self.channel is not None:
            try:
                reply = self.channel.receive()
            except OSError:
                reply = None
            if reply is not None and reply.correlation != self.number:
                continue  # The answer to CANCEL_WATCH: the last reply follows.
            if reply is None or not reply.more:
                self._end_here(reply)
            elif reply.kind in ("EVENTS", "LOCK_EVENTS", "REJECTION_EVENTS"):
                told = self.part + reply.body.events
                whole = reply.revision + 1 if reply.body.whole else reply.revision  # Each revision before it is.
                events = [event for event in told if event.revision < whole]
                self.part = told[len(events):]
                self.next_revision = max(self.next_revision, whole)
                self.compacted, self.asked = None, set()
                if events or reply.body.whole and self.tells_progress:
                    return events
        raise StopIteration

    def _end_here(self, last):
        """This node tells no more. `last`: the reply that says why, None if it was lost."""
        channel, self.channel = self.channel, None
        channel.close("the watch is over here")
        if not self.stopping.is_set():
            self._pass_on(last)
            self._begin(float("inf"))

    def _begin(self, deadline):
        """Asks one node after the other, until one tells it."""
        self.part, pause = [], 0.01
        while not self.stopping.is_set():
            reply, trouble = self._begin_here()
            if self.channel is not None:
                if self.stopping.is_set():
                    self.close()  # cancel() came too early to do it.
                return
            self._pass_on(reply)
            if time.monotonic() >= deadline:
                raise Unavailable("UNAVAILABLE", trouble)
            self.stopping.wait(pause * random.uniform(0.5, 1.0))
            pause = min(1.0, 2 * pause)

    def _begin_here(self):
        """The reply, None if there was none, and what is wrong. The channel is there if nothing is."""
        try:
            channel = self.client.open(Channel, self.endpoint)
        except OSError as e:
            return None, str(e)
        try:
            self.number = next(channel.numbers)
            channel.write(self.asks, dict(self.request, from_revision=self.next_revision), self.number)
            reply = channel.receive()
            if reply.kind == "WATCHING":
                channel.socket.settimeout(self.SILENCE)
                self.next_revision = max(self.next_revision, reply.body.next_revision)
                self.channel = channel
                return reply, ""
            trouble = "%s says %s" % (self.endpoint, reply.status)
        except OSError as e:
            reply, trouble = None, str(e)
        channel.close(trouble)
        return reply, trouble

    def _pass_on(self, reply):
        """To the next node, if that helps. COMPACTED is believed when each of them was asked."""
        if reply is not None and reply.status != "COMPACTED" and reply.status not in NOT_PROPOSED:
            raise error_of(reply)
        if reply is not None and reply.status == "COMPACTED":
            self.compacted = reply
        if self.compacted is not None:
            self.asked.add(self.endpoint)
            if self.asked >= set(self.client.endpoints):
                raise error_of(self.compacted)
        self.turn = (self.turn + 1) % len(self.client.endpoints)
