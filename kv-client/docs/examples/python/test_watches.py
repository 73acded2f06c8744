"""Watches: against a real cluster, as test_fencekv.py, and against nodes that say what is rarely said."""

import threading
import unittest
from unittest import mock

import fencekv
from fake_node import HANG_UP, FakeNode
from fencekv_watch import Watch
from test_fencekv import ENDPOINTS, WithClients


def told(watch, count):
    """The next `count` events, or more if they come together."""
    events = []
    while len(events) < count:
        events += next(watch)
    return events


def short(events):
    return [(event.type, event.key.decode().rpartition("/")[2]) for event in events]


class Watches(WithClients):
    def watch(self, client=None, **what):
        watch = (client or self.client()).watch(**(what or {"prefix": self.prefix}))
        self.addCleanup(watch.close)
        return watch

    def test_what_happens_is_told_in_order_by_any_node(self):
        writer = self.client()
        watches = [self.watch(self.client(endpoint)) for endpoint in ENDPOINTS]
        revision = writer.put(self.key("a"), "1")
        writer.put(self.key("b"), "2")
        writer.delete(self.key("a"))
        writer.put(self.prefix[:-1], "is no key of the prefix")
        for watch in watches:
            events = told(watch, 3)
            self.assertEqual([("PUT", "a"), ("PUT", "b"), ("DELETE", "a")], short(events))
            self.assertEqual((revision, b"1", 1), (events[0].revision, events[0].record.value, events[0].record.version))
            self.assertEqual((None, None), (events[2].record, events[2].previous))
            self.assertLess(events[0].stamp, events[1].stamp)
            self.assertEqual(watch.next_revision, events[2].revision + 1)

    def test_from_a_revision_on(self):
        client = self.client()
        client.put(self.key("a"), "1")
        second = client.put(self.key("a"), "2")
        client.delete(self.key("a"))
        events = told(self.watch(client, prefix=self.prefix, from_revision=second, previous=True), 2)
        self.assertEqual([("PUT", "a"), ("DELETE", "a")], short(events))
        self.assertEqual([b"1", b"2"], [event.previous.value for event in events])

    def test_a_key_a_range_one_kind_of_change_or_keys_alone(self):
        client = self.client()
        begin = client.put(self.key("a"), "1")
        client.put(self.key("b"), "2")
        client.put(self.key("c"), "3")
        client.delete(self.key("b"))
        client.put(self.key("z"), "end")
        a, b, c, z = (self.key(name) for name in "abcz")

        def seen(count, **what):
            return short(told(self.watch(client, from_revision=begin, **what), count))

        self.assertEqual([("PUT", "b"), ("DELETE", "b")], seen(2, key=b))
        self.assertEqual([("PUT", "a"), ("PUT", "b"), ("DELETE", "b")], seen(3, start=a, end=c))
        self.assertEqual([("DELETE", "b")], seen(1, prefix=self.prefix, puts=False))
        self.assertEqual([("PUT", "a"), ("PUT", "b"), ("PUT", "c"), ("PUT", "z")], seen(4, prefix=self.prefix, deletes=False))
        keys = told(self.watch(client, key=z, from_revision=begin, keys_only=True), 1)
        self.assertEqual((b"z", None), (keys[0].key[-1:], keys[0].record))

    def test_a_transaction_is_told_as_a_whole(self):
        client = self.client()
        for part in range(2):
            client.transact(then=[fencekv.op.put(self.key("%d-%d" % (part, number)), b"x" * 9000) for number in range(100)])
        watch = self.watch(client, prefix=self.prefix, previous=True)
        done = client.transact(then=[fencekv.op.delete_prefix(self.prefix)])
        events = next(watch)  # Which do not fit a frame.
        self.assertEqual(200, len(events))
        self.assertEqual({done.revision}, {event.revision for event in events})
        self.assertEqual({9000}, {len(event.previous.value) for event in events})

    def test_keys_that_end_by_themselves_are_told(self):
        client, owner = self.client(), self.client()
        watch = self.watch(client)
        owner.put(self.key("session"), "x", ephemeral=True)
        owner.close()
        client.transact(then=[fencekv.op.put(self.key("time"), "x", ttl=0.1)])
        self.assertEqual([("PUT", "session"), ("DELETE", "session"), ("PUT", "time"), ("DELETE", "time")], short(told(watch, 4)))

    def test_the_position_gets_on_while_nothing_happens(self):
        client = self.client()
        watch = self.watch(client, prefix=self.prefix, progress=0.1)
        revision = client.put("other/" + self.prefix, "x")
        while watch.next_revision <= revision:
            self.assertEqual([], next(watch))

    def test_it_ends_by_being_cancelled_or_closed_by_anybody(self):
        client = self.client()
        for end in (Watch.cancel, Watch.close):
            watch = self.watch(client)
            heard = []
            listener = threading.Thread(target=lambda: heard.extend(watch))
            listener.start()
            end(watch)
            listener.join(60)
            self.assertFalse(listener.is_alive())
            self.assertEqual([], heard)

    def test_it_ends_with_its_client(self):
        client = self.client()
        watch = client.watch(self.prefix)
        client.close()
        self.assertEqual([], list(watch))
        with self.assertRaises(fencekv.Unavailable):
            client.watch(self.prefix)

    def test_nothing_is_left_out_or_told_twice_whatever_is_cut(self):
        writer, client = self.client(), self.client()
        watch = self.watch(client)
        stop = threading.Event()

        def cut():
            while not stop.wait(0.05):
                channel = watch.channel
                if channel is not None:
                    channel.close("cut by the test")

        def write():
            for _ in range(300):
                writer.incr(self.key("n"))

        threads = [threading.Thread(target=each) for each in (cut, write)]
        for each in threads:
            each.start()
        try:
            heard = [int(event.record.value) for event in told(watch, 300)]
        finally:
            stop.set()
            for each in threads:
                each.join()
        self.assertEqual(list(range(1, 301)), heard)

    def test_what_nobody_knows_any_more_is_compacted(self):
        client = self.client()
        revision = client.put(self.key("a"), "1")
        self.forget_history(client)
        with self.assertRaises(fencekv.Compacted) as gone:
            client.watch(self.prefix, from_revision=revision)
        self.assertGreaterEqual(gone.exception.oldest_revision, revision)
        watch = self.watch(client, key=self.key("b"), from_revision=gone.exception.oldest_revision + 1)
        client.put(self.key("b"), "2")
        self.assertEqual([("PUT", "b")], short(told(watch, 1)))

    def test_no_grant_is_left_out_or_told_twice_whatever_is_cut(self):
        client = self.client()
        watch = client.watch_locks(self.prefix)
        self.addCleanup(watch.close)
        lock, expected, heard = client.lock(self.key("l")), [], []
        for _ in range(8):
            for _ in range(5):
                token = lock.acquire()
                lock.release()
                expected += [("GRANTED", token), ("RELEASED", token)]
            heard += [(event.type, event.token) for event in told(watch, 1)]
            watch.channel.close("cut by the test")
        heard += [(event.type, event.token) for event in told(watch, len(expected) - len(heard))]
        self.assertEqual(expected, heard)

    def test_locks_and_rejections_are_watched_in_the_same_way(self):
        client = self.client()
        holders, queue, refused = (
            client.watch_locks(self.prefix), client.watch_locks(name=self.key("l"), queue=True), client.watch_rejections(self.prefix))
        for watch in (holders, queue, refused):
            self.addCleanup(watch.close)
        lock = client.lock(self.key("l"), wait=5)
        lock.acquire()
        fence = lock.fence
        lock.release()
        with self.assertRaises(fencekv.Fenced):
            client.put(self.key("late"), "x", fences=[fence])
        for watch in (holders, queue):
            granted, released = told(watch, 2)
            self.assertEqual(("GRANTED", "RELEASED"), (granted.type, released.type))
            self.assertEqual((self.key("l"), fence[1]), (granted.lock, granted.token))
            self.assertEqual((granted.token, client.session.id), (released.token, released.session))
        rejection = told(refused, 1)[0]
        self.assertEqual(("RELEASED", fence[1], 1), (rejection.violation.reason, rejection.violation.shown, rejection.repeats))

    def test_a_wrong_watch_says_what_is_wrong(self):
        with self.assertRaises(fencekv.FenceKvError) as refused:
            self.client().watch(start="b", end="a")
        self.assertEqual("INVALID_ARGUMENT", refused.exception.status)


def watching(revision):
    return "OK", revision, "WATCHING", {"next_revision": revision}, True


def events(revision, *numbers, whole=True):
    record = dict(value="", create_revision=1, modify_revision=revision, version=1, stamp=1, token=0, owner=0, writer=0,
                  writer_sequence=0)
    rows = [dict(type="PUT", revision=revision, stamp=1, key=str(number), record=record, previous=None) for number in numbers]
    return "OK", revision, "EVENTS", {"whole": whole, "events": rows}, True


def over(status, text="cut off"):
    return status, 0, "MESSAGE", {"text": text}, False


COMPACTED = "COMPACTED", 0, "COMPACTED", {"oldest_revision": 77}, False


class RareAnswers(unittest.TestCase):
    def watch(self, *scripts):
        """A watch that begins at the first of nodes that play `scripts`."""
        self.nodes = [FakeNode(*script) for script in scripts]
        for node in self.nodes:
            self.addCleanup(node.close)
        client = fencekv.Client(*(node.endpoint for node in self.nodes))
        self.addCleanup(client.close)
        with mock.patch("random.randrange", return_value=0):
            watch = client.watch()
        self.addCleanup(watch.close)
        return watch

    def asked_from(self, node):
        """The revision of the next WATCH that a node has got."""
        name, fields = self.nodes[node].requests.get(timeout=60)
        self.assertEqual("WATCH", name)
        return fields.from_revision

    @staticmethod
    def keys(events):
        return [int(event.key) for event in events]

    def test_what_was_not_whole_is_told_again_from_its_beginning(self):
        watch = self.watch(
            [[watching(5), events(5, 1), events(6, 2, 3, whole=False), HANG_UP]],
            [[watching(6), events(6, 2, 3, whole=False), events(6, 4)]])
        self.assertEqual([1], self.keys(next(watch)))
        self.assertEqual([2, 3, 4], self.keys(next(watch)))
        self.assertEqual((0, 6), (self.asked_from(0), self.asked_from(1)))
        self.assertEqual(7, watch.next_revision)

    def test_what_ends_within_a_revision_tells_all_before_it(self):
        across = events(7, 4, whole=False)
        across[3]["events"][:0] = events(5, 1)[3]["events"] + events(6, 2, 3)[3]["events"]
        watch = self.watch([[watching(5), across, events(8, 5, whole=False), HANG_UP]], [[watching(8), events(8, 5)]])
        self.assertEqual([1, 2, 3], self.keys(next(watch)))
        self.assertEqual(7, watch.next_revision)
        self.assertEqual([4], self.keys(next(watch)))
        self.assertEqual([5], self.keys(next(watch)))
        self.assertEqual((0, 8), (self.asked_from(0), self.asked_from(1)))

    def test_it_goes_on_after_it_was_cut_off_where_a_window_is_longer(self):
        watch = self.watch(
            [[watching(5), events(5, 1), over("OVERLOADED")], [watching(8), events(8, 3), COMPACTED]],
            [[watching(6), events(7, 2), COMPACTED], [watching(9), events(9, 4)]])
        self.assertEqual([[1], [2], [3], [4]], [self.keys(next(watch)) for _ in range(4)])
        self.assertEqual([0, 6, 8, 9], [self.asked_from(node) for node in (0, 1, 0, 1)])

    def test_compacted_is_believed_when_each_node_was_asked(self):
        watch = self.watch([[watching(5), COMPACTED]], [[HANG_UP]], [[COMPACTED]])
        with self.assertRaises(fencekv.Compacted) as gone:
            next(watch)
        self.assertEqual(77, gone.exception.oldest_revision)
        self.assertEqual([0, 5, 5], [self.asked_from(node) for node in range(3)])
        self.assertEqual([], list(watch))

    def test_a_node_that_says_nothing_is_given_up(self):
        watch = self.watch([[watching(5)]], [[watching(5), events(5, 1)]])
        watch.channel.socket.settimeout(0.1)
        self.assertEqual([1], self.keys(next(watch)))

    def test_a_refusal_is_not_taken_elsewhere(self):
        watch = self.watch([[watching(5), over("FORBIDDEN", "not your keys")]], [[watching(5), events(5, 1)]])
        with self.assertRaisesRegex(fencekv.FenceKvError, "FORBIDDEN: not your keys"):
            next(watch)
        self.assertTrue(self.nodes[1].requests.empty())


if __name__ == "__main__":
    unittest.main()
