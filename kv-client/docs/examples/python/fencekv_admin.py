"""What operators ask for: guards, gates, settings, members (sections 9 to 11 of protocol.md)."""


class Admin:
    """Operators' requests, by a Client. Safe from any thread; errors as the client's."""

    def __init__(self, client):
        self.client = client

    # guards (section 9)

    def set_guard(self, prefix, lock, rule="STRICT", mode="ENFORCE", force=False):
        """Keys with `prefix` may be written only with a token of `lock`. Replaces the guard of that prefix. `rule`: STRICT, the
        live grant; MONOTONE, the newest ever made. `mode`: OBSERVE only records what it would refuse. `force`: enforce it although
        nobody ever had the lock alone, so that nobody can write there until somebody has."""
        guard = dict(prefix=prefix, lock=lock, rule=rule, mode=mode)
        self.client.command("SET_GUARD", guard=guard, force=force)

    def remove_guard(self, prefix):
        """False if exactly this prefix has none."""
        return self.client.command("REMOVE_GUARD", prefix=prefix) is not None

    def guards(self):
        """Yields all guards: `guard` (prefix, lock, rule, mode), `revision`, `violations`."""
        return self.client.pages("LIST_GUARDS", "guards", lambda row: row.guard.prefix, "")

    def remove_gate(self, resource):
        """Removes a gate and its mark: a token that it has refused may pass then. False if there is none."""
        return self.client.command("REMOVE_GATE", resource=resource) is not None

    def gates(self):
        """Yields all gates: `resource`, `lock`, `mark`, `revision`, `refused`."""
        return self.client.pages("LIST_GATES", "gates", lambda row: row.resource, "")

    # settings (section 10)

    def settings(self):
        """All replicated settings: `name`, `value`, `min`, `max`."""
        return self.client.read("LIST_SETTINGS").body.settings

    def change_setting(self, name, value):
        """INVALID_ARGUMENT if there is no such setting, or it may not have that value."""
        self.client.command("CHANGE_SETTING", name=name, value=value)

    # members (section 11). Sent once: OutcomeUnknown is final, members() shows what came of it.

    def members(self):
        """As the leader sees them: `node_id`, `peer_address`, `client_address`, `wanted`, `actual` (NONE, LEARNER, VOTER), `leads`,
        `behind_entries` (-1: not heard)."""
        return self.client.read("LIST_MEMBERS").body.members

    def place_member(self, node, role):
        """Says what a node, by its address, shall be: NONE, LEARNER or VOTER. The leader brings it about: see members()."""
        self.client.once("PLACE_MEMBER", node=node, role=role)

    def transfer_leadership(self, node=""):
        """Asks the leader to hand over to a voter, by its address; empty: to the one that has most of the log."""
        self.client.once("TRANSFER_LEADERSHIP", node=node)
