"""Shared locks, semaphores, waits, gates, elections, listings, operators' requests, against a real cluster as test_fencekv.py."""

import queue
import threading
import time
import unittest

import fencekv
from test_fencekv import ENDPOINTS, WithClients, unavailable


class Background:
    """A call in a thread of its own."""

    def __init__(self, call, *arguments):
        self.outcome = queue.SimpleQueue()

        def run():
            try:
                self.outcome.put((call(*arguments), None))
            except Exception as e:
                self.outcome.put((None, e))

        threading.Thread(target=run, daemon=True).start()

    def result(self):
        result, failure = self.outcome.get(timeout=60)
        if failure is not None:
            raise failure
        return result


def unavailable_history(*_):
    raise fencekv.Compacted(77)


class Coordination(WithClients):
    def await_waiters(self, name, count):
        client = self.client()
        end = time.monotonic() + 60
        while client.inspect(name).waiters < count and time.monotonic() < end:
            time.sleep(0.02)  # Until the store has queued what another thread is sending.
        self.assertEqual(count, client.inspect(name).waiters)


class SharedLocks(Coordination):
    def test_readers_share_and_a_writer_is_alone(self):
        ann, bob, eve = self.client(label="ann"), self.client(label="bob"), self.client()
        one, two = ann.read_lock(self.key("l")), bob.read_lock(self.key("l"))
        self.assertLess(one.acquire(), two.acquire())
        newest = two.token
        self.assertEqual([("ann", True, 0), ("bob", True, 0)],
                         [(each.grant.label, each.shared, each.permits) for each in eve.holders(self.key("l"))])
        writer = eve.lock(self.key("l"))
        with self.assertRaises(fencekv.LockBusy):
            writer.acquire()
        waiting = Background(writer.acquire, 60)
        self.await_waiters(self.key("l"), 1)
        with self.assertRaises(fencekv.LockBusy):
            self.client().read_lock(self.key("l")).acquire()  # Not past the writer.
        one.release()
        two.release()
        self.assertGreater(waiting.result(), newest)
        self.assertEqual([False], [each.shared for each in eve.holders(self.key("l"))])

    def test_a_reader_proves_that_no_writer_came_but_opens_no_guard(self):
        client, operator = self.client(), fencekv.Admin(self.client())
        with client.read_lock(self.key("l")) as reader:
            reader.put(self.key("k"), "by a reader")
            self.assertEqual(b"by a reader", reader.get(self.key("k")).value)
            with self.assertRaises(fencekv.FenceKvError):
                operator.set_guard(self.key("k"), self.key("l"))  # Nobody has ever had it alone.
            operator.set_guard(self.key("k"), self.key("l"), force=True)
            self.addCleanup(operator.remove_guard, self.key("k"))
            with self.assertRaises(fencekv.Fenced) as refused:
                reader.put(self.key("k"), "late")
            self.assertEqual(["FENCE_REQUIRED"], refused.exception.reasons)
            fence = reader.fence
        with self.assertRaises(fencekv.Fenced):
            client.get(self.key("k"), fences=[fence])

    def test_a_semaphore_has_so_many_permits(self):
        permits = [self.client().semaphore(self.key("s"), 2) for _ in range(3)]
        first, second = permits[0].acquire(), permits[1].acquire()
        with self.assertRaises(fencekv.LockBusy):
            permits[2].acquire()
        with self.assertRaises(fencekv.ConditionFailed):
            self.client().semaphore(self.key("s"), 3).acquire()
        waiting = Background(permits[2].acquire, 60)
        self.await_waiters(self.key("s"), 1)
        permits[0].release()
        self.assertGreater(waiting.result(), second)
        self.assertGreater(second, first)
        with self.assertRaises(fencekv.ConditionFailed):
            self.client().revoke(self.key("s"))  # From whom?
        self.assertTrue(self.client().revoke(self.key("s"), second))
        with self.assertRaises(fencekv.Fenced):
            permits[1].put(self.key("k"), "late")

    def test_a_holder_that_is_lost_gives_its_permit_to_the_next(self):
        lost, other = self.client(ttl=2.0), self.client()
        lost.semaphore(self.key("s"), 1).acquire()
        lost._ask = unavailable  # Renewals fail from now on.
        self.assertGreater(other.semaphore(self.key("s"), 1).acquire(wait=60), 0)


class Waits(Coordination):
    def test_a_waiter_sees_its_place(self):
        holder = self.client(label="holder").lock(self.key("l"))
        token = holder.acquire()
        waiters = [self.client().lock(self.key("l")) for _ in range(2)]
        waits = []
        for waiter in waiters:
            waits.append(Background(waiter.acquire, 300))
            self.await_waiters(self.key("l"), len(waits))
        place = waiters[1].place()
        self.assertEqual((1, 2, token, "holder"), (place.ahead, place.waiters, place.holder.token, place.holder.label))
        self.assertTrue(0 < place.remaining <= 301)
        self.assertIsNone(holder.place())
        holder.release()
        waits[0].result()
        self.assertEqual(0, waiters[1].place().ahead)
        waiters[0].release()
        waits[1].result()

    def test_a_wait_is_cancelled(self):
        holder, waiter = self.client().lock(self.key("l")), self.client().lock(self.key("l"))
        holder.acquire()
        waiting = Background(waiter.acquire, 300)
        self.await_waiters(self.key("l"), 1)
        waiter.cancel()
        with self.assertRaises(fencekv.WaitCancelled):
            waiting.result()
        self.await_waiters(self.key("l"), 0)
        holder.release()
        self.assertGreater(waiter.acquire(), 0)

    def test_a_grant_that_was_faster_than_the_cancel_is_kept(self):
        holder, waiter = self.client().lock(self.key("l")), self.client().lock(self.key("l"))
        holder.acquire()

        def cancel_too_late(queued, end):
            holder.release()
            waiter.cancel()

        waiter._told = cancel_too_late
        self.assertGreater(waiter.acquire(wait=300), 0)
        self.assertTrue(waiter.held)

    def test_a_lock_is_reclaimed_if_nobody_was_in_between(self):
        client, other = self.client(), self.client()
        lock = client.lock(self.key("l"))
        first = lock.acquire()
        lock.release()
        second = lock.reclaim(first)
        self.assertGreater(second, first)
        with self.assertRaises(fencekv.LockBusy):
            other.lock(self.key("l")).reclaim(second)
        lock.release()
        between = other.lock(self.key("l"))
        between.acquire()
        between.release()
        with self.assertRaises(fencekv.Fenced):
            lock.reclaim(second)


class Gates(Coordination):
    def test_a_gate_lets_no_token_pass_that_is_lower_than_one_that_has(self):
        client, admin = self.client(), self.client()
        printer = self.key("printer")
        late = client.lock(self.key("l"))
        shown = late.acquire()
        client.admit(printer, self.key("l"), shown)
        admin.revoke(self.key("l"))
        live = admin.lock(self.key("l")).acquire()
        admin.admit(printer, self.key("l"), live)
        with self.assertRaises(fencekv.Fenced):
            client.admit(printer, self.key("l"), shown)
        operator = fencekv.Admin(admin)
        gate = next(each for each in operator.gates() if each.resource == printer)
        self.assertEqual((self.key("l"), live, 1), (gate.lock, gate.mark, gate.refused))
        self.assertTrue(operator.remove_gate(printer))
        self.assertFalse(operator.remove_gate(printer))


class Elections(Coordination):
    def test_one_leads_and_the_others_see_who(self):
        ann, bob = self.client(label="ann"), self.client(label="bob")
        anns, bobs = ann.election(self.prefix), bob.election(self.prefix)
        self.assertIsNone(bobs.leader())
        token = anns.campaign("ann:1", wait=0)
        self.assertTrue(anns.is_leader)
        leader = bobs.leader()
        self.assertEqual((b"ann:1", token, "ann"), (leader.value, leader.token, leader.label))
        anns.proclaim("ann:2")
        self.assertEqual(b"ann:2", bobs.leader().value)
        waiting = Background(bobs.campaign, "bob:1", 60)
        self.await_waiters(bobs.key, 1)
        self.assertTrue(anns.resign())
        self.assertGreater(waiting.result(), token)
        self.assertEqual(b"bob:1", anns.leader().value)
        self.assertFalse(anns.is_leader)

    def test_the_word_of_a_deposed_leader_is_refused(self):
        ann, bob = self.client(), self.client()
        anns, bobs = ann.election(self.prefix), bob.election(self.prefix)
        anns.campaign("ann", wait=0)
        bob.revoke(anns.key)
        self.assertIsNone(bobs.leader())  # The record is still there, of a token that is no more.
        self.assertEqual(b"ann", bob.get(anns.key).value)
        bobs.lock.acquire()
        self.assertIsNone(anns.leader())  # Elected, and not proclaimed yet: nobody's word is the old one.
        bobs.lock.release()
        bobs.campaign("bob", wait=60)
        with self.assertRaises(fencekv.Fenced):
            anns.proclaim("ann, still")
        self.assertFalse(anns.resign())
        self.assertEqual(b"bob", anns.leader().value)

    def test_a_leader_that_is_lost_is_followed_by_the_next(self):
        ann, bob = self.client(ttl=2.0), self.client()
        anns, bobs = ann.election(self.prefix), bob.election(self.prefix)
        anns.campaign("ann", wait=0)
        ann._ask = unavailable  # Renewals fail from now on.
        bobs.campaign("bob", wait=60)
        self.assertEqual(b"bob", bobs.leader().value)
        self.assertFalse(anns.is_leader)

    def test_an_observer_hears_of_each_leader(self):
        ann, bob, eve = self.client(), self.client(), self.client()
        seen = eve.election(self.prefix).observe()
        self.addCleanup(seen.close)
        self.assertIsNone(next(seen))
        anns = ann.election(self.prefix)
        anns.campaign("ann", wait=0)
        self.assertEqual(b"ann", next(seen).value)
        anns.proclaim("ann, at another address")
        self.assertEqual(b"ann, at another address", next(seen).value)
        bob.revoke(anns.key)
        self.assertIsNone(next(seen))  # Though the record does not change.
        bob.election(self.prefix).campaign("bob", wait=60)
        self.assertEqual(b"bob", next(seen).value)
        bob.close()
        self.assertIsNone(next(seen))
        self.assertIsNone(eve.get(anns.key))

    def test_an_observer_that_was_away_for_too_long_begins_anew(self):
        ann, eve = self.client(), self.client()
        observed = eve.election(self.prefix)
        begin, began = eve.watch_locks, []

        def away_at_first(**what):
            watch = begin(**what)
            began.append(watch)
            if len(began) == 1:
                watch._begin = unavailable_history
                watch.channel.close("cut by the test")
            return watch

        eve.watch_locks = away_at_first
        seen = observed.observe()
        self.addCleanup(seen.close)
        self.assertIsNone(next(seen))
        ann.election(self.prefix).campaign("ann", wait=0)
        self.assertEqual(b"ann", next(seen).value)
        self.assertEqual(2, len(began))

    def test_an_observer_ends_with_its_client(self):
        eve = self.client()
        seen = eve.election(self.prefix).observe()
        self.assertIsNone(next(seen))
        eve.close()
        with self.assertRaises(fencekv.Unavailable):
            next(seen)

    def test_a_campaign_is_cancelled(self):
        anns, bobs = self.client().election(self.prefix), self.client().election(self.prefix)
        anns.campaign("ann", wait=0)
        waiting = Background(bobs.campaign, "bob", 300)
        self.await_waiters(bobs.key, 1)
        bobs.lock.cancel()
        with self.assertRaises(fencekv.WaitCancelled):
            waiting.result()
        self.assertEqual(b"ann", bobs.leader().value)


class LookingAround(Coordination):
    def test_locks_and_sessions_are_listed(self):
        client = self.client(label="lister")
        names = [self.key("lock-%d" % number) for number in range(3)]
        locks = [client.lock(name) for name in names]
        tokens = [lock.acquire() for lock in locks]
        client.put(self.key("e"), "x", ephemeral=True)
        listed = {lock.name: lock for lock in client.locks()}
        self.assertEqual(tokens, [listed[name].grant.token for name in names])
        mine = next(each for each in client.sessions() if each.id == client.session.id)
        self.assertEqual(("lister", 10000, 3, 1), (mine.label, mine.ttl_ms, mine.grants, mine.keys))
        locks[0].release()
        self.assertEqual(["RELEASED"], [each.how for each in client.inspect(names[0]).ended])
        self.assertIsNone(client.inspect(self.key("none")))

    def test_a_listing_goes_on_page_by_page(self):
        client = self.client()
        ask, limits = client._ask, []

        def two_at_a_time(request, build, *rest, **named):
            limits.append(2)
            return ask(request, lambda: dict(build(), limit=2), *rest, **named)

        holders = [client.semaphore(self.key("s"), 5) for _ in range(5)]
        tokens = [each.acquire() for each in holders]
        client._ask = two_at_a_time
        self.assertEqual(tokens, [each.grant.token for each in client.holders(self.key("s"))])
        self.assertEqual(3, len(limits))
        client._ask = ask

    def test_what_was_refused_is_listed(self):
        client = self.client(label="late")
        lock = client.lock(self.key("l"))
        token = lock.acquire()
        client.revoke(self.key("l"))
        for _ in range(2):
            with self.assertRaises(fencekv.Fenced):
                lock.put(self.key("k"), "late")
        rejection = next(each for each in client.rejections() if each.violation.lock == self.key("l"))
        self.assertEqual((self.key("k").encode(), "late", 2), (rejection.key, rejection.label, rejection.repeats))
        self.assertEqual(("REVOKED", token, 0), (rejection.violation.reason, rejection.violation.shown, rejection.violation.live))
        self.assertEqual([], [each for each in client.rejections(after=rejection.revision) if each.key == rejection.key])

    def test_nodes_say_how_they_are(self):
        client = self.client()
        self.assertEqual(set(ENDPOINTS), set(client.status().members))
        roles = [client.status(endpoint).role for endpoint in ENDPOINTS]
        self.assertIn("LEADER", roles)
        for endpoint in ENDPOINTS:
            health = client.health(endpoint)
            self.assertEqual(endpoint, health.address)
            self.assertEqual(len(ENDPOINTS) - 1, len(health.peers))
        with self.assertRaises(fencekv.Unavailable):
            client.health("127.0.0.1:1")


class Operators(Coordination):
    def test_a_guard_demands_a_token_of_everybody(self):
        client = self.client()
        operator = fencekv.Admin(client)
        with self.assertRaises(fencekv.FenceKvError):
            operator.set_guard(self.prefix, self.key("l"))  # Nobody has ever had that lock.
        operator.set_guard(self.prefix, self.key("l"), rule="MONOTONE", force=True)
        with self.assertRaises(fencekv.Fenced) as refused:
            client.put(self.key("k"), "without a token")
        self.assertEqual(["FENCE_REQUIRED"], refused.exception.reasons)
        with client.lock(self.key("l")) as lock:
            lock.put(self.key("k"), "with one")
        info = next(each for each in operator.guards() if each.guard.prefix == self.prefix.encode())
        self.assertEqual(("MONOTONE", "ENFORCE", 1), (info.guard.rule, info.guard.mode, info.violations))
        self.assertTrue(operator.remove_guard(self.prefix))
        self.assertFalse(operator.remove_guard(self.prefix))
        client.put(self.key("k"), "without a token")

    def test_settings(self):
        operator = fencekv.Admin(self.client())
        before = next(each for each in operator.settings() if each.name == "history-revisions")
        operator.change_setting(before.name, before.value - 1)
        self.addCleanup(operator.change_setting, before.name, before.value)
        self.assertIn(before.value - 1, [each.value for each in operator.settings() if each.name == before.name])
        with self.assertRaises(fencekv.FenceKvError) as refused:
            operator.change_setting(before.name, before.max + 1)
        self.assertEqual("INVALID_ARGUMENT", refused.exception.status)

    def test_members_and_the_lead(self):
        client = self.client()
        operator = fencekv.Admin(client)
        members = operator.members()
        self.assertEqual(set(ENDPOINTS), {each.client_address for each in members})
        self.assertEqual({("VOTER", "VOTER")}, {(each.wanted, each.actual) for each in members})
        heir = next(each for each in members if not each.leads)
        operator.transfer_leadership(heir.client_address)
        end = time.monotonic() + 60
        while not any(each.leads and each.node_id == heir.node_id for each in operator.members()):
            self.assertLess(time.monotonic(), end, "the lead has not gone over")
            time.sleep(0.05)  # It takes an election.
        operator.place_member(heir.client_address, "VOTER")  # Which it is.
        with self.assertRaises(fencekv.FenceKvError):
            fencekv.Admin(self.client(timeout=1.0)).place_member("127.0.0.1:1", "VOTER")


if __name__ == "__main__":
    unittest.main()
