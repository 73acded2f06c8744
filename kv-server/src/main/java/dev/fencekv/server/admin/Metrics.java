package dev.fencekv.server.admin;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.server.request.StateExtent;
import dev.fencekv.server.resp.RespCounts;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * A node's numbers in Prometheus' text format, version 0.0.4. Times are in seconds, as usual there.
 * Names never change their meaning. Owned by the thread that makes it.
 */
final class Metrics {
    private static final double MICROS = 1e6;
    private static final double MILLIS = 1e3;

    private final StringBuilder text = new StringBuilder();
    private final List<PeerHealth> peers;

    private Metrics(List<PeerHealth> peers) {
        this.peers = peers;
    }

    static String text(
            NodeStatus status, StateExtent extent, NodeHealth health, Optional<RespCounts> resp) {
        Metrics metrics = new Metrics(health.peers());
        metrics.status(status);
        metrics.extent(extent);
        metrics.health(health);
        metrics.peers();
        resp.ifPresent(metrics::resp);
        return metrics.text.toString();
    }

    private void status(NodeStatus status) {
        head("fencekv_info", "gauge", "Which program this is; always 1");
        text.append("fencekv_info{version=\"")
                .append(escaped(status.version()))
                .append("\",node=\"")
                .append(Long.toHexString(status.nodeId()))
                .append("\"} 1\n");
        gauge("fencekv_leads", "1 if this node leads", status.role() == NodeRole.LEADER ? 1 : 0);
        gauge("fencekv_leader_known", "1 if a leader is known", status.leader().isEmpty() ? 0 : 1);
        gauge("fencekv_term", "The term that this node is in", status.term());
        gauge("fencekv_applied_index", "The last applied entry", status.appliedIndex());
        gauge("fencekv_revision", "The revision of the state", status.revision());
        gauge("fencekv_keys", "Records", status.keys());
        gauge("fencekv_store_bytes", "What they take of the quota", status.storeBytes());
        gauge("fencekv_sessions", "Live sessions", status.sessions());
        gauge("fencekv_locks", "Locks", status.locks());
    }

    private void extent(StateExtent extent) {
        gauge("fencekv_keys_with_ttl", "Records that end by time", extent.keysWithTtl());
        gauge(
                "fencekv_history_oldest_revision",
                "The oldest revision as of which records can be read here",
                extent.historyOldestRevision());
        gauge(
                "fencekv_history_bytes",
                "What history takes outside the heap",
                extent.historyBytes());
    }

    private void health(NodeHealth health) {
        gauge(
                "fencekv_election_timeout_seconds",
                "The silence of a leader that leads to an election",
                health.electionTimeoutMs() / MILLIS);
        gauge(
                "fencekv_log_sync_p99_seconds",
                "99 % of the log's last syncs took no longer",
                health.syncP99Micros() / MICROS);
        gauge(
                "fencekv_wall_clock_offset_seconds",
                "The wall clock minus the clock that stamps",
                health.wallOffsetMs() / MILLIS);
        gauge(
                "fencekv_wall_clock_outside",
                "1 if the majority's wall clocks agree on another time",
                health.clock() == ClockVerdict.OUTSIDE ? 1 : 0);
        counter("fencekv_pauses_total", "How often this process did not run", health.pauses());
        gauge(
                "fencekv_longest_pause_seconds",
                "The longest of these",
                health.longestPauseMs() / MILLIS);
    }

    private void peers() {
        peer("fencekv_peer_phi", "The suspicion that it is gone", PeerHealth::phi);
        peer(
                "fencekv_peer_rhythm_seconds",
                "The usual time between its reports",
                peer -> peer.rhythmMicros() / MICROS);
        peer(
                "fencekv_peer_round_trip_seconds",
                "The median of the last ones",
                peer -> peer.roundTripMicros() / MICROS);
        peer(
                "fencekv_peer_clock_offset_seconds",
                "Its wall clock minus ours",
                peer -> known(peer) ? peer.clockOffsetMicros() / MICROS : Double.NaN);
        peer(
                "fencekv_peer_clock_error_seconds",
                "The bound of the offset's error",
                peer -> known(peer) ? peer.clockErrorMicros() / MICROS : Double.NaN);
        peer(
                "fencekv_peer_log_sync_p99_seconds",
                "As it said last",
                peer -> peer.syncP99Micros() / MICROS);
        peer(
                "fencekv_peer_leader_silence_seconds",
                "How long it usually does not hear its leader",
                peer -> peer.silenceMs() / MILLIS);
        peer(
                "fencekv_peer_election_timeout_seconds",
                "In force there",
                peer -> peer.electionTimeoutMs() / MILLIS);
        peer("fencekv_peer_applied_index", "As it said last", PeerHealth::appliedIndex);
    }

    private void resp(RespCounts counts) {
        gauge("fencekv_resp_connections", "Connections to the RESP port", counts.connections());
        gauge(
                "fencekv_resp_lock_sessions",
                "Those of them that have taken locks",
                counts.lockSessions());
        counter(
                "fencekv_resp_connections_refused_total",
                "Connections beyond the limit",
                counts.connectionsRefused());
        counter(
                "fencekv_resp_connections_closed_total",
                "Closed for what they sent, did not send or did not read",
                counts.connectionsClosed());
        counter("fencekv_resp_commands_total", "Commands executed or refused", counts.commands());
        counter("fencekv_resp_errors_total", "Answers that were errors", counts.errors());
        counter(
                "fencekv_resp_outcome_unknown_total",
                "Answers that nobody knows whether it was applied",
                counts.unknown());
    }

    private static boolean known(PeerHealth peer) {
        return peer.clockErrorMicros() != PeerHealth.NOT_KNOWN;
    }

    private void peer(String name, String help, ToDoubleFunction<PeerHealth> value) {
        head(name, "gauge", help);
        for (PeerHealth peer : peers) {
            line(name + "{peer=\"" + escaped(peer.address()) + "\"}", value.applyAsDouble(peer));
        }
    }

    private void counter(String name, String help, double value) {
        head(name, "counter", help);
        line(name, value);
    }

    private void gauge(String name, String help, double value) {
        head(name, "gauge", help);
        line(name, value);
    }

    private void head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void line(String name, double value) {
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        text.append(name)
                .append(' ')
                .append(whole ? Long.toString((long) value) : Double.toString(value))
                .append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
