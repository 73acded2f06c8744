"""The client against a real cluster: FENCEKV_ENDPOINTS=HOST:PORT,HOST:PORT,HOST:PORT python3 -m unittest -v"""

import os
import re
import threading
import time
import unittest

import fencekv
import fencekv_wire as wire

ENDPOINTS = os.environ.get("FENCEKV_ENDPOINTS", "127.0.0.1:7400").split(",")


def unavailable(*_, **__):
    raise fencekv.Unavailable("UNAVAILABLE", "cut off by the test")


class WithClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with fencekv.Client(*ENDPOINTS) as client:
            end = time.monotonic() + 30
            while client.status().feature_level < 2 and time.monotonic() < end:
                time.sleep(0.05)  # A new cluster does what came later once all nodes have said that they can.

    def setUp(self):
        self.prefix = "%s/%d/" % (self.id(), time.time_ns())

    def client(self, *endpoints, **options):
        client = fencekv.Client(*(endpoints or ENDPOINTS), **options)
        self.addCleanup(client.close)
        return client

    def key(self, name):
        return self.prefix + name

    def forget_history(self, client):
        """All nodes know nothing but the newest revisions; what is written later is remembered again."""
        admin, name = fencekv.Admin(client), "history-revisions"
        before = next(each.value for each in admin.settings() if each.name == name)
        admin.change_setting(name, 1)
        client.put(self.key("forget"), "1")
        client.put(self.key("forget"), "2")
        admin.change_setting(name, before)
        for endpoint in ENDPOINTS:  # So that each of them has applied that.
            self.client(endpoint).get(self.key("forget"))


class Records(WithClients):
    def test_every_node_serves_reads_and_finds_the_leader_for_writes(self):
        for endpoint in ENDPOINTS:
            client = self.client(endpoint)
            client.put(self.key("k"), endpoint)
            self.assertEqual(endpoint.encode(), client.get(self.key("k")).value)
            self.assertEqual(endpoint, client.status(endpoint).address)

    def test_a_record_says_how_it_came_to_be(self):
        client = self.client()
        client.put(self.key("k"), b"\x00\xff")
        revision = client.put(self.key("k"), b"\x00\xff\x00")
        record = client.get(self.key("k"))
        self.assertEqual((b"\x00\xff\x00", revision, 2), (record.value, record.modify_revision, record.version))
        self.assertLess(record.create_revision, revision)
        self.assertEqual(client.session.id, record.writer)
        self.assertIsNone(client.get(self.key("absent")))

    def test_conditions(self):
        client = self.client()
        first = client.put(self.key("k"), "1", if_absent=True)
        with self.assertRaises(fencekv.ConditionFailed) as refused:
            client.put(self.key("k"), "2", if_absent=True)
        self.assertEqual(first, refused.exception.actual_revision)
        second = client.put(self.key("k"), "2", if_revision=first)
        with self.assertRaises(fencekv.ConditionFailed):
            client.delete(self.key("k"), if_revision=first)
        self.assertGreater(client.delete(self.key("k"), if_revision=second), second)
        self.assertIsNone(client.delete(self.key("k")))

    def test_numbers_and_ends(self):
        client = self.client()
        self.assertEqual(41, client.incr(self.key("n"), 41))
        self.assertEqual(40, client.incr(self.key("n"), -1))
        self.assertEqual(3, client.append(self.key("n"), "x"))
        with self.assertRaises(fencekv.ConditionFailed):
            client.incr(self.key("n"))

    def test_own_writes_are_read_from_any_node(self):
        client = self.client()
        client.put(self.key("k"), "mine")
        for endpoint in ENDPOINTS:
            other = self.client(endpoint)
            record = other.get(self.key("k"), stale=True, at_least=client.revision)
            self.assertEqual(b"mine", record.value)

    def test_stamps_follow_what_a_client_has_seen(self):
        ann, bob = self.client(), self.client()
        ann.put(self.key("a"), "1")
        bob.get(self.key("a"))
        bob.put(self.key("b"), "2")
        self.assertGreater(bob.get(self.key("b")).stamp, bob.get(self.key("a")).stamp)

    def test_ephemeral_keys_end_with_their_session(self):
        observer, owner = self.client(), self.client()
        owner.put(self.key("k"), "here", ephemeral=True)
        self.assertEqual(owner.session.id, observer.get(self.key("k")).owner)
        owner.close()
        self.assertIsNone(observer.get(self.key("k")))

    def test_many_threads_share_a_client(self):
        client = self.client()

        def count():
            for _ in range(25):
                client.incr(self.key("n"))

        threads = [threading.Thread(target=count) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(b"200", client.get(self.key("n")).value)
        self.assertEqual(set(), client.session.unsettled)


class Ranges(WithClients):
    def fill(self, client, *names):
        for name in names:
            client.put(self.key(name), name)

    def names(self, pairs):
        return "".join(key.decode()[len(self.prefix):] for key, _ in pairs)

    def test_pages_follow_each_other_in_both_directions(self):
        client = self.client()
        self.fill(client, *"cabdefg")
        for page in (1, 3, 7, 1000):
            self.assertEqual("abcdefg", self.names(client.scan(self.prefix, page=page)))
            self.assertEqual("gfedcba", self.names(client.scan(self.prefix, page=page, reverse=True)))
        self.assertEqual("bcd", self.names(client.scan(start=self.key("b"), end=self.key("e"), page=2)))
        self.assertEqual([b"a"], [record.value for _, record in client.scan(self.key("a"))])
        self.assertEqual([None] * 7, [record for _, record in client.scan(self.prefix, keys_only=True)])
        self.assertEqual(7, client.count(self.prefix))
        self.assertEqual(0, client.count(self.key("none")))

    def test_a_key_of_the_longest_length_is_passed(self):
        client = self.client()
        names = [byte * (1024 - len(self.prefix)) for byte in "ab"]
        self.fill(client, *names)
        self.assertEqual("".join(names), self.names(client.scan(self.prefix, page=1)))

    def test_pages_show_one_moment(self):
        client, other = self.client(), self.client()
        self.fill(client, *"abcd")
        rows = client.scan(self.prefix, page=2)
        seen = [next(rows), next(rows)]
        other.delete(self.key("c"))
        other.put(self.key("e"), "new")
        self.assertEqual("abcd", self.names(seen + list(rows)))
        self.assertEqual("abde", self.names(client.scan(self.prefix, page=2)))

    def test_the_past_is_read_as_of_a_revision(self):
        client = self.client()
        then = client.put(self.key("k"), "old")
        now = client.put(self.key("k"), "new")
        for revision, value in ((then, b"old"), (now, b"new")):
            self.assertEqual(value, client.get_many([self.key("k")], at_revision=revision)[0].value)
        self.assertEqual([b"old"], [record.value for _, record in client.scan(self.prefix, at_revision=then)])
        with self.assertRaises(fencekv.FenceKvError) as refused:
            client.get_many([self.key("k")], at_revision=now + 1_000_000)  # Its answer could still change.
        self.assertEqual("INVALID_ARGUMENT", refused.exception.status)

    def test_the_past_is_read_as_of_a_stamp_too(self):
        client = self.client()
        client.put(self.key("k"), "old")
        then = client.get(self.key("k"))
        client.put(self.key("k"), "new")
        client.put(self.key("l"), "later")
        self.assertEqual(b"old", client.get(self.key("k"), at_stamp=then.stamp).value)
        self.assertEqual(b"old", client.get(self.key("k"), at_revision=then.modify_revision).value)
        self.assertEqual(1, client.count(self.prefix, at_stamp=then.stamp))
        self.assertEqual(2, client.count(start=self.key("k"), end=self.key("m")))

    def test_a_stale_range_shows_at_least_what_was_asked_for(self):
        client = self.client()
        self.fill(client, *"abc")
        for endpoint in ENDPOINTS:
            rows = self.client(endpoint).scan(self.prefix, page=2, stale=True, at_least=client.revision)
            self.assertEqual("abc", self.names(rows))

    def test_what_nobody_knows_any_more_is_compacted(self):
        client = self.client()
        then = client.put(self.key("k"), "old")
        self.forget_history(client)
        with self.assertRaises(fencekv.Compacted) as gone:
            client.get(self.key("k"), at_revision=then)
        self.assertGreater(gone.exception.oldest_revision, then)

    def test_many_keys_as_of_one_revision(self):
        client = self.client()
        self.fill(client, *"ab")
        records = client.get_many([self.key(name) for name in "bxa"])
        self.assertEqual([b"b", None, b"a"], [record and record.value for record in records])

    def test_ranges_are_read_under_a_lock(self):
        client, admin = self.client(), self.client()
        lock = client.lock(self.key("l"))
        lock.acquire()
        self.fill(client, "a")
        self.assertEqual("a", self.names(client.scan(self.key("a"), fences=[lock.fence])))
        admin.revoke(self.key("l"))
        with self.assertRaises(fencekv.Fenced):
            list(client.scan(self.key("a"), fences=[lock.fence]))


class Retries(WithClients):
    def test_a_command_sent_twice_applies_once(self):
        client = self.client()
        client.put(self.key("k"), "")
        session = client.session
        number = session.number()
        fields = lambda: {"key": self.key("n"), "delta": 1, "fences": [], "id": session.request_id(number)}  # noqa: E731
        answers = {
            client._ask("INCREMENT", fields, time.monotonic() + 10, session, once=True).body.number for _ in range(3)}
        session.settle(number)
        self.assertEqual({1}, answers)
        self.assertEqual(b"1", client.get(self.key("n")).value)

    def test_a_lost_connection_is_asked_again_with_the_same_number(self):
        client = self.client()
        stop = threading.Event()

        def cut():
            while not stop.wait(0.02):
                for connection in list(client.connections.values()):
                    connection.close("cut by the test")

        cutter = threading.Thread(target=cut)
        client.incr(self.key("n"))
        cutter.start()
        try:
            for _ in range(60):
                client.incr(self.key("n"))
        finally:
            stop.set()
            cutter.join()
        self.assertEqual(b"61", client.get(self.key("n")).value)

    def test_without_a_session_nothing_is_sent_twice(self):
        client = self.client(sessionless=True)
        client.put(self.key("k"), "1")
        self.assertEqual(0, client.get(self.key("k")).writer)
        self.assertIsNone(client.session)
        connect = client._connection

        def losing(endpoint):
            connection = connect(endpoint)
            ask = connection.ask

            def lose(request, fields, **named):
                reply = ask(request, fields, **named)
                if reply.status != "OK":
                    return reply
                connection.close("cut by the test")
                return None

            connection.ask = lose
            return connection

        client._connection = losing
        with self.assertRaises(fencekv.OutcomeUnknown):
            client.put(self.key("k"), "2")
        client._connection = connect
        self.assertEqual(2, client.get(self.key("k")).version)
        with self.assertRaises(ValueError):
            client.lock(self.key("l")).acquire()

    def test_nobody_there_is_unavailable_not_unknown(self):
        client = self.client("127.0.0.1:1", timeout=0.3)
        with self.assertRaises(fencekv.Unavailable):
            client.put("k", "v")
        with self.assertRaises(fencekv.Unavailable):
            client.get("k")

    def test_a_wrong_request_says_what_to_change(self):
        with self.assertRaises(fencekv.FenceKvError) as refused:
            self.client(ttl=1.0).put("k", "v")
        self.assertEqual("INVALID_ARGUMENT", refused.exception.status)
        self.assertIn("ttlMs", str(refused.exception))


class Locks(WithClients):
    def test_one_of_two_gets_it_and_tokens_rise(self):
        ann, bob = self.client().lock(self.key("l")), self.client().lock(self.key("l"))
        first = ann.acquire()
        self.assertTrue(ann.held)
        with self.assertRaises(fencekv.LockBusy):
            bob.acquire()
        self.assertTrue(ann.release())
        self.assertFalse(ann.held)
        self.assertGreater(bob.acquire(), first)

    def test_a_waiter_gets_it_when_it_is_given_back(self):
        ann, bob = self.client().lock(self.key("l")), self.client().lock(self.key("l"))
        ann.acquire()
        timer = threading.Timer(0.3, ann.release)
        timer.start()
        self.addCleanup(timer.join)
        self.assertGreater(bob.acquire(wait=20), 0)

    def test_a_wait_ends_when_the_store_says_so(self):
        ann, bob = self.client().lock(self.key("l")), self.client().lock(self.key("l"))
        ann.acquire()
        with self.assertRaises(fencekv.LockBusy):
            bob.acquire(wait=0.2)
        ann.release()
        self.assertGreater(bob.acquire(), 0)  # No place was left behind, and none is held.

    def test_a_waiter_survives_the_loss_of_its_connection(self):
        ann, waiting = self.client().lock(self.key("l")), self.client()
        bob = waiting.lock(self.key("l"))
        ann.acquire()
        got = []
        waiter = threading.Thread(target=lambda: got.append(bob.acquire(wait=30)))
        waiter.start()
        time.sleep(0.3)  # By then it is queued, mostly; if not, the test is easier than it should be.
        for connection in list(waiting.connections.values()):
            connection.close("cut by the test")
        ann.release()
        waiter.join(30)
        self.assertEqual(1, len(got))
        self.assertTrue(bob.held)

    def test_a_late_write_is_refused_with_evidence(self):
        admin = self.client(label="admin")
        late, winner = self.client(label="late").lock(self.key("l")), self.client(label="winner").lock(self.key("l"))
        shown = late.acquire()
        late.put(self.key("k"), "in time")
        self.assertTrue(admin.revoke(self.key("l"), shown))
        live = winner.acquire()
        with self.assertRaises(fencekv.Fenced) as refused:
            late.put(self.key("k"), "late")
        evidence = refused.exception.violations[0]
        self.assertEqual(["SUPERSEDED"], refused.exception.reasons)
        self.assertEqual((shown, live, "winner"), (evidence.shown, evidence.live, evidence.successor))
        with self.assertRaises(fencekv.Fenced):
            late.get(self.key("k"))
        self.assertEqual(b"in time", winner.get(self.key("k")).value)
        self.assertFalse(late.release())
        with self.assertRaises(fencekv.ConditionFailed):
            admin.revoke(self.key("l"), shown)  # Somebody else has it by now.

    def test_renewals_keep_a_lock_past_the_ttl_and_tell_its_loss(self):
        holder, admin = self.client(ttl=2.0), self.client()
        with holder.lock(self.key("l")) as lock:
            time.sleep(2.5)  # Past the TTL: only renewals can have kept it.
            self.assertTrue(lock.held)
            admin.revoke(self.key("l"))
            end = time.monotonic() + 10
            while lock.held and time.monotonic() < end:
                time.sleep(0.05)  # The next renewal tells, within a third of the TTL.
            self.assertFalse(lock.held)

    def test_a_silent_client_loses_its_session_and_its_locks(self):
        silent, other = self.client(ttl=2.0), self.client()
        lock = silent.lock(self.key("l"))
        lock.acquire()
        silent.put(self.key("k"), "here", ephemeral=True)
        ask, silent._ask = silent._ask, unavailable  # Renewals fail from now on.
        self.assertGreater(other.lock(self.key("l")).acquire(wait=20), lock.token)
        self.assertFalse(lock.held)
        silent._ask = ask
        with self.assertRaises(fencekv.FenceKvError):
            lock.put(self.key("k"), "late")
        self.assertIsNone(other.get(self.key("k")))
        self.assertGreater(silent.put(self.key("k"), "in a new session"), 0)


class Transactions(WithClients):
    def test_all_or_nothing_by_what_the_keys_are(self):
        client = self.client()
        a, b, n = self.key("a"), self.key("b"), self.key("n")
        absent = [fencekv.compare(a, "VERSION", "=", 0)]
        op = fencekv.op
        first = client.transact(absent, [op.put(a, "1"), op.put(b, "2", previous=True), op.incr(n, 5)], [op.get(a)])
        self.assertTrue(first.succeeded)
        self.assertEqual((None, 5), (first.results[1].previous, first.results[2].number))
        self.assertEqual({first.revision}, {client.get(key).modify_revision for key in (a, b, n)})
        second = client.transact(absent, [op.delete(a)], [op.get(a), op.append(b, "x"), op.delete(n, previous=True)])
        self.assertFalse(second.succeeded)
        self.assertEqual((b"1", 2), (second.results[0].record.value, second.results[1].number))
        self.assertEqual((True, b"5"), (second.results[2].deleted, second.results[2].previous.value))
        self.assertTrue(client.transact([fencekv.compare(b, "VALUE", ">", "2")]).succeeded)

    def test_a_prefix_is_removed_at_once(self):
        client = self.client()
        for name in ("1", "2", "3"):
            client.put(self.key("part/" + name), name)
        kept = self.key("parts")
        client.put(kept, "x")
        removed = client.transact(then=[fencekv.op.delete_prefix(self.key("part/"))])
        self.assertEqual(3, removed.results[0].deleted)
        self.assertEqual(0, client.count(self.key("part/")))
        self.assertIsNotNone(client.get(kept))

    def test_an_operation_that_is_refused_refuses_all(self):
        client = self.client()
        client.put(self.key("text"), "no number")
        with self.assertRaises(fencekv.ConditionFailed):
            client.transact(then=[fencekv.op.put(self.key("a"), "1"), fencekv.op.incr(self.key("text"))])
        self.assertIsNone(client.get(self.key("a")))

    def test_a_lock_is_acquired_with_what_it_protects(self):
        ann, bob = self.client(), self.client()
        anns, bobs = ann.lock(self.key("l")), bob.lock(self.key("l"))
        done = ann.transact(then=[fencekv.op.acquire(anns), fencekv.op.put(self.key("owner"), "ann")])
        self.assertEqual(done.results[0].token, anns.token)
        self.assertTrue(anns.held)
        with self.assertRaises(fencekv.LockBusy):
            bob.transact(then=[fencekv.op.acquire(bobs), fencekv.op.put(self.key("owner"), "bob")])
        self.assertEqual(b"ann", bob.get(self.key("owner")).value)
        anns.release()
        with self.assertRaises(fencekv.Fenced):
            ann.transact(then=[fencekv.op.put(self.key("owner"), "late")], fences=[(self.key("l"), done.results[0].token)])

    def test_keys_end_by_time(self):
        client = self.client()
        client.transact(then=[fencekv.op.put(self.key("k"), "short", ttl=0.1), fencekv.op.put(self.key("long"), "x", ttl=60)])
        self.assertGreater(client.ttl(self.key("long")), 30)
        self.assertTrue(client.expire(self.key("long"), 0))
        self.assertEqual(0.0, client.ttl(self.key("long")))
        end = time.monotonic() + 20
        while client.get(self.key("k")) is not None and time.monotonic() < end:
            time.sleep(0.05)  # Lease time passes by the leader's ticks.
        self.assertIsNone(client.get(self.key("k")))
        self.assertIsNone(client.ttl(self.key("k")))
        self.assertFalse(client.expire(self.key("k"), 1))


PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "protocol.md")


def tables_of_the_page():
    """Rows of each table by its kind and name, and the codes of the page's enums and messages."""
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    tables, codes = {}, {}
    for kind, name, body in re.findall(r"<!-- table: (\w+) (\w+) -->\n(.*?)<!-- end -->", text, re.DOTALL):
        tables[kind, name] = [row.strip("|").split("|") for row in re.findall(r"^\|.*\|$", body, re.MULTILINE)[2:]]
        code = re.match(r"(?:Opcode|Body kind) (\d+)\.", body)
        if code:
            codes[kind, name] = int(code[1])
    return tables, codes


def type_of_the_page(text):
    """A type as TABLES spells it: without limits."""
    return re.sub(r", \d+( to \d+)?( bytes)?", "", text.strip()).replace(" × ", " ")


class Frames(unittest.TestCase):
    def test_the_tables_are_those_of_the_page(self):
        tables, codes = tables_of_the_page()
        for (kind, name), fields in wire.STRUCTS.items():
            with self.subTest(kind + " " + name):
                page = [(row[0].strip(), type_of_the_page(row[1])) for row in tables.get((kind, name), [])]
                page = [(re.sub("[A-Z]", lambda c: "_" + c[0].lower(), field), of) for field, of in page]
                self.assertEqual(page, fields)
        for name, cases in wire.UNIONS.items():
            page = {row[1].strip(): (int(row[0]), row[2].strip()) for row in tables["union", name]}
            self.assertEqual(page, cases)
        for name, words in wire.ENUMS.items():
            self.assertEqual({int(row[0]): row[1].strip() for row in tables["enum", name]}, words)
        self.assertEqual(wire.REQUESTS, {name: codes["request", name] for name in wire.REQUESTS})
        self.assertEqual(wire.REPLIES, {codes["reply", name]: name for name in wire.REPLIES.values()})

    def test_nothing_of_the_page_is_left_out(self):
        tables, _ = tables_of_the_page()
        for enum, known in (("Opcode", wire.REQUESTS), ("BodyKind", wire.REPLIES.values())):
            left_out = {row[1].strip() for row in tables["enum", enum]} - set(known)
            self.assertEqual(set(), left_out, "each wants its line in fencekv_tables.py, and a method of the client")

    def test_the_example_of_the_page_is_what_is_written(self):
        example = "00066f7264657273000000000000002200076f726465722f31fffffffffffffffd"
        fields = [field for field in wire.STRUCTS["request", "INCREMENT"] if field[0] != "id"]
        values = {"fences": [{"lock": "orders", "token": 34}], "key": "order/1", "delta": -3}
        self.assertEqual("0001" + example, wire.encode(fields, values).hex())

    def test_a_code_that_is_not_known_is_none_of_those_that_are(self):
        self.assertEqual("SUPERSEDED", wire.Body(b"\1").value("FenceReason"))
        self.assertEqual("99", wire.Body(b"\x63").value("FenceReason"))

    def test_the_end_of_a_prefix_is_above_all_that_start_with_it(self):
        self.assertEqual((b"a", b"b"), wire.key_range("a"))
        self.assertEqual((b"a\xff", b"b"), wire.key_range(b"a\xff"))
        self.assertEqual((b"\xff", b""), wire.key_range(b"\xff"))
        self.assertEqual((b"a", b"a\0"), wire.key_range(key="a"))
        self.assertEqual((b"", b""), wire.key_range())

    def test_a_frame_that_ends_in_a_field_is_refused(self):
        with self.assertRaises(ConnectionError):
            wire.Body(b"\0\5abc").value("string16")


if __name__ == "__main__":
    unittest.main()
