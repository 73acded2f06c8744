package dev.fencekv.wire;

import static dev.fencekv.wire.Fields.needEnd;
import static dev.fencekv.wire.Fields.readBool;
import static dev.fencekv.wire.Fields.readCount;
import static dev.fencekv.wire.Fields.readI64;
import static dev.fencekv.wire.Fields.readKey;
import static dev.fencekv.wire.Fields.readKeyIfAny;
import static dev.fencekv.wire.Fields.readLabel;
import static dev.fencekv.wire.Fields.readLockName;
import static dev.fencekv.wire.Fields.readResourceName;
import static dev.fencekv.wire.Fields.readSession;
import static dev.fencekv.wire.Fields.readStamp;
import static dev.fencekv.wire.Fields.readString;
import static dev.fencekv.wire.Fields.readToken;
import static dev.fencekv.wire.Fields.readU16;
import static dev.fencekv.wire.Fields.readU31;
import static dev.fencekv.wire.Fields.readU63;
import static dev.fencekv.wire.Fields.readU8;
import static dev.fencekv.wire.Fields.readValue;
import static dev.fencekv.wire.Fields.writeBool;
import static dev.fencekv.wire.Fields.writeCount;
import static dev.fencekv.wire.Fields.writeKey;
import static dev.fencekv.wire.Fields.writeKeyIfAny;
import static dev.fencekv.wire.Fields.writeLabel;
import static dev.fencekv.wire.Fields.writeLockName;
import static dev.fencekv.wire.Fields.writeResourceName;
import static dev.fencekv.wire.Fields.writeString;
import static dev.fencekv.wire.Fields.writeU16;
import static dev.fencekv.wire.Fields.writeU31;
import static dev.fencekv.wire.Fields.writeU63;
import static dev.fencekv.wire.Fields.writeU8;
import static dev.fencekv.wire.Fields.writeValue;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.EndedGrant;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.GateInfo;
import dev.fencekv.kv.GrantInfo;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardInfo;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.HolderInfo;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockEvent;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberInfo;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeHealth;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.NodeStatus;
import dev.fencekv.kv.PeerHealth;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.RecordEvent;
import dev.fencekv.kv.Rejection;
import dev.fencekv.kv.SessionInfo;
import dev.fencekv.kv.SettingInfo;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Versioned;
import dev.fencekv.kv.WaiterInfo;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Replies to bytes and back, as {@code protocol.table} lays them out; written by hand, tested
 * against the table. Stateless.
 */
public final class ReplyCodec {
    /** What a {@code u16} count can say. */
    private static final int ROWS_MAX = 0xFFFF;

    private static final int STRING_BYTES_MIN = 2;
    private static final int PEER_HEALTH_BYTES_MIN = STRING_BYTES_MIN + 4 + 8 * 7 + 1 + 4;

    private static final int MEMBER_BYTES_MIN = 8 + 2 * STRING_BYTES_MIN + 1 + 1 + 1 + 8;

    private static final int VIOLATION_BYTES_MIN = 1 + (2 + 1) + 8 + 8 + 8 + 8 + 2;
    private static final int WAITER_BYTES_MIN = 8 + 8 + 2 + 8;
    private static final int ENDED_BYTES_MIN = 8 + 8 + 1 + 8 + 8;
    private static final int LOCK_BYTES_MIN = (2 + 1) + 8 + 1 + 8 + 4 + 2 + 2;
    private static final int GUARD_BYTES_MIN = (2 + 1) + (2 + 1) + 1 + 1 + 8 + 8;
    private static final int HOLDER_BYTES_MIN = 8 + 8 + 8 + 2 + 8 + 8 + 1 + 2;
    private static final int GATE_BYTES_MIN = (2 + 1) + (2 + 1) + 8 + 8 + 8;
    private static final int SESSION_BYTES_MIN = 8 + 2 + 8 + 8 + 4 + 4 + 4;
    private static final int REJECTION_BYTES_MIN = 8 + 8 + 8 + 2 + 2 + VIOLATION_BYTES_MIN + 1 + 8;
    private static final int RANGE_ROW_BYTES_MIN = (2 + 1) + 1;
    private static final int EVENT_BYTES_MIN = 1 + 8 + 8 + (2 + 1) + 1 + 1;
    private static final int LOCK_EVENT_BYTES_MIN = 1 + 8 + 8 + (2 + 1) + 8 + 8 + 8 + 2 + 1 + 2 + 8;
    private static final int SETTING_BYTES_MIN = STRING_BYTES_MIN + 8 + 8 + 8;

    private ReplyCodec() {}

    /**
     * Borrows {@code out} and appends one whole frame to it. A listing whose rows do not all fit a
     * frame is cut and says that there is more. Throws {@link WireException}, leaving {@code out}
     * as it was, if the reply breaks a limit of the protocol.
     *
     * @param more whether another reply to the same request follows
     */
    public static void encode(Reply reply, long correlation, boolean more, ByteBuf out) {
        int flags = more ? Frame.REPLY | Frame.MORE : Frame.REPLY;
        int start = FrameEncoder.begin(out, reply.opcode(), flags, correlation, reply.stamp());
        try {
            out.writeByte(reply.status().code());
            writeU63(out, reply.revision(), "revision");
            out.writeByte(reply.body().kind().code());
            write(out, start, reply.body());
            FrameEncoder.end(out, start);
        } catch (RuntimeException e) {
            out.writerIndex(start);
            throw e;
        }
    }

    /** Borrows {@code frame}. Throws {@link WireException} and nothing else. */
    public static Reply decode(Frame frame) {
        if (!frame.isReply()) {
            throw new WireException("a reply has the flag REPLY but this frame has not");
        }
        try {
            ByteBuf in = frame.body();
            Status status = Status.ofCode(readU8(in, "status"));
            long revision = readU63(in, "revision");
            Reply.Body body = read(Reply.BodyKind.ofCode(readU8(in, "body kind")), in);
            needEnd(in);
            return new Reply(frame.opcode(), status, revision, frame.stamp(), body);
        } catch (IllegalArgumentException e) {
            // What the values themselves refuse: they say it best.
            throw new WireException(String.valueOf(e.getMessage()));
        }
    }

    private static void write(ByteBuf out, int start, Reply.Body body) {
        switch (body.kind()) {
            case NOTHING, RESULT_GONE -> {}
            case HELLO -> writeHello(out, (Reply.Hello) body);
            case NODE_STATUS -> writeNodeStatus(out, ((Reply.Node) body).status());
            case NODE_HEALTH -> writeNodeHealth(out, ((Reply.Health) body).health());
            case NUMBER -> out.writeLong(((Reply.Number) body).number());
            case RANGE -> writeRange(out, start, (Reply.Range) body);
            case RECORDS -> writeRecords(out, (Reply.Records) body);
            case TRANSACTED -> writeTransacted(out, (Reply.Transacted) body);
            case TTL -> writeU63(out, ((Reply.Ttl) body).remainingMs(), "remainingMs");
            case MEMBERS -> writeMembers(out, ((Reply.Members) body).members());
            case RECORD -> writeFound(out, (Reply.Found) body);
            case SESSION_OPENED -> writeSessionOpened(out, (Reply.SessionOpened) body);
            case RENEWED -> writeRenewed(out, (Reply.Renewed) body);
            case TOKEN -> out.writeLong(((Reply.Token) body).token().value());
            case LOCKS -> writeLocks(out, start, (Reply.Locks) body);
            case GUARDS -> writeGuards(out, start, (Reply.Guards) body);
            case GATES -> writeGates(out, start, (Reply.Gates) body);
            case HOLDERS -> writeHolders(out, start, (Reply.Holders) body);
            case SESSIONS -> writeSessions(out, start, (Reply.Sessions) body);
            case REJECTIONS -> writeRejections(out, start, (Reply.Rejections) body);
            case SETTINGS -> writeSettings(out, (Reply.Settings) body);
            case WATCHING -> writeU63(out, ((Reply.Watching) body).nextRevision(), "nextRevision");
            case EVENTS -> writeEvents(out, (Reply.Events) body);
            case LOCK_EVENTS -> writeLockEvents(out, (Reply.LockEvents) body);
            case REJECTION_EVENTS -> writeRejectionEvents(out, (Reply.RejectionEvents) body);
            case COMPACTED ->
                    writeU63(out, ((Reply.Compacted) body).oldestRevision(), "oldestRevision");
            case FENCED -> writeFenced(out, (Reply.Fenced) body);
            case CONDITION_FAILED ->
                    writeU63(
                            out, ((Reply.ConditionFailed) body).actualRevision(), "actualRevision");
            case NOT_LEADER -> writeAddress(out, ((Reply.NotLeader) body).leader());
            case CLOCK_SKEW -> writeClockSkew(out, (Reply.ClockSkew) body);
            case MESSAGE ->
                    writeString(
                            out, ((Reply.Message) body).text(), Limits.MESSAGE_BYTES_MAX, "text");
            case SESSION_EXPIRED -> writeBool(out, ((Reply.SessionExpired) body).outcomesGone());
        }
    }

    private static Reply.Body read(Reply.BodyKind kind, ByteBuf in) {
        return switch (kind) {
            case NOTHING -> Reply.NOTHING;
            case HELLO -> readHello(in);
            case NODE_STATUS -> new Reply.Node(readNodeStatus(in));
            case NODE_HEALTH -> new Reply.Health(readNodeHealth(in));
            case NUMBER -> new Reply.Number(readI64(in, "number"));
            case RANGE -> readRange(in);
            case RECORDS -> readRecords(in);
            case TRANSACTED ->
                    new Reply.Transacted(
                            readBool(in, "succeeded"), TransactionCodec.readResults(in));
            case TTL -> new Reply.Ttl(readU63(in, "remainingMs"));
            case MEMBERS -> new Reply.Members(readMembers(in));
            case RECORD -> readFound(in);
            case SESSION_OPENED -> new Reply.SessionOpened(readSession(in), readU63(in, "ttlMs"));
            case RENEWED -> readRenewed(in);
            case TOKEN -> new Reply.Token(readToken(in));
            case LOCKS -> readLocks(in);
            case GUARDS -> readGuards(in);
            case GATES -> readGates(in);
            case HOLDERS -> readHolders(in);
            case SESSIONS -> readSessions(in);
            case REJECTIONS -> readRejections(in);
            case SETTINGS -> readSettings(in);
            case WATCHING -> new Reply.Watching(readU63(in, "nextRevision"));
            case EVENTS -> readEvents(in);
            case LOCK_EVENTS -> readLockEvents(in);
            case REJECTION_EVENTS -> readRejectionEvents(in);
            case COMPACTED -> new Reply.Compacted(readU63(in, "oldestRevision"));
            case FENCED -> readFenced(in);
            case CONDITION_FAILED -> new Reply.ConditionFailed(readU63(in, "actualRevision"));
            case NOT_LEADER -> new Reply.NotLeader(readAddress(in, "leader"));
            case CLOCK_SKEW -> new Reply.ClockSkew(readStamp(in), readI64(in, "nodeMillis"));
            case MESSAGE -> new Reply.Message(readString(in, Limits.MESSAGE_BYTES_MAX, "text"));
            case SESSION_EXPIRED -> new Reply.SessionExpired(readBool(in, "outcomesGone"));
            case RESULT_GONE -> new Reply.ResultGone();
        };
    }

    // ---- one pair of methods per body, in the order of the table

    private static void writeHello(ByteBuf out, Reply.Hello hello) {
        writeU8(out, hello.version(), "version");
        out.writeLong(hello.features());
        writeCluster(out, hello.cluster());
        out.writeLong(hello.nodeId());
        writeAddress(out, hello.leader());
    }

    private static Reply.Body readHello(ByteBuf in) {
        return new Reply.Hello(
                readU8(in, "version"),
                readI64(in, "features"),
                readCluster(in),
                readI64(in, "nodeId"),
                readAddress(in, "leader"));
    }

    private static void writeNodeStatus(ByteBuf out, NodeStatus status) {
        writeAddress(out, status.address());
        out.writeLong(status.nodeId());
        writeCluster(out, status.cluster());
        out.writeByte(status.role().code());
        writeAddress(out, status.leader());
        writeU63(out, status.term(), "term");
        writeU63(out, status.appliedIndex(), "appliedIndex");
        writeU63(out, status.revision(), "revision");
        out.writeLong(status.stamp().packed());
        out.writeLong(status.digest());
        writeU63(out, status.digestIndex(), "digestIndex");
        writeU31(out, status.featureLevel(), "featureLevel");
        writeU63(out, status.keys(), "keys");
        writeU63(out, status.storeBytes(), "storeBytes");
        writeU31(out, status.sessions(), "sessions");
        writeU31(out, status.locks(), "locks");
        writeCount(out, status.members().size(), Limits.MEMBERS_MAX, "members");
        for (String member : status.members()) {
            writeAddress(out, member);
        }
        writeString(out, status.version(), Limits.PROGRAM_NAME_BYTES_MAX, "version");
    }

    private static NodeStatus readNodeStatus(ByteBuf in) {
        return new NodeStatus(
                readAddress(in, "address"),
                readI64(in, "nodeId"),
                readCluster(in),
                NodeRole.ofCode(readU8(in, "role")),
                readAddress(in, "leader"),
                readU63(in, "term"),
                readU63(in, "appliedIndex"),
                readU63(in, "revision"),
                readStamp(in),
                readI64(in, "digest"),
                readU63(in, "digestIndex"),
                readU31(in, "featureLevel"),
                readU63(in, "keys"),
                readU63(in, "storeBytes"),
                readU31(in, "sessions"),
                readU31(in, "locks"),
                readMemberAddresses(in),
                readString(in, Limits.PROGRAM_NAME_BYTES_MAX, "version"));
    }

    private static void writeNodeHealth(ByteBuf out, NodeHealth health) {
        writeAddress(out, health.address());
        out.writeByte(health.role().code());
        writeU31(out, health.electionTimeoutMs(), "electionTimeoutMs");
        out.writeByte(health.clock().code());
        out.writeLong(health.wallOffsetMs());
        writeU63(out, health.syncP99Micros(), "syncP99Micros");
        writeU31(out, health.pauses(), "pauses");
        writeU63(out, health.longestPauseMs(), "longestPauseMs");
        writeCount(out, health.peers().size(), Limits.MEMBERS_MAX, "peers");
        for (PeerHealth peer : health.peers()) {
            writeAddress(out, peer.address());
            writeU31(out, peer.phiMilli(), "phiMilli");
            writeU63(out, peer.rhythmMicros(), "rhythmMicros");
            writeU63(out, peer.roundTripMicros(), "roundTripMicros");
            out.writeLong(peer.clockOffsetMicros());
            out.writeLong(peer.clockErrorMicros());
            out.writeByte(peer.clock().code());
            writeU63(out, peer.syncP99Micros(), "syncP99Micros");
            writeU63(out, peer.silenceMs(), "silenceMs");
            writeU31(out, peer.electionTimeoutMs(), "electionTimeoutMs");
            writeU63(out, peer.appliedIndex(), "appliedIndex");
        }
    }

    private static NodeHealth readNodeHealth(ByteBuf in) {
        return new NodeHealth(
                readAddress(in, "address"),
                NodeRole.ofCode(readU8(in, "role")),
                readU31(in, "electionTimeoutMs"),
                ClockVerdict.ofCode(readU8(in, "clock")),
                readI64(in, "wallOffsetMs"),
                readU63(in, "syncP99Micros"),
                readU31(in, "pauses"),
                readU63(in, "longestPauseMs"),
                readPeers(in));
    }

    private static List<PeerHealth> readPeers(ByteBuf in) {
        int count = readCount(in, Limits.MEMBERS_MAX, PEER_HEALTH_BYTES_MIN, "peers");
        List<PeerHealth> peers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            peers.add(
                    new PeerHealth(
                            readAddress(in, "address"),
                            readU31(in, "phiMilli"),
                            readU63(in, "rhythmMicros"),
                            readU63(in, "roundTripMicros"),
                            readI64(in, "clockOffsetMicros"),
                            readI64(in, "clockErrorMicros"),
                            ClockVerdict.ofCode(readU8(in, "clock")),
                            readU63(in, "syncP99Micros"),
                            readU63(in, "silenceMs"),
                            readU31(in, "electionTimeoutMs"),
                            readU63(in, "appliedIndex")));
        }
        return peers;
    }

    private static void writeTransacted(ByteBuf out, Reply.Transacted transacted) {
        writeBool(out, transacted.succeeded());
        TransactionCodec.writeResults(out, transacted.results());
    }

    private static void writeMembers(ByteBuf out, List<MemberInfo> members) {
        writeCount(out, members.size(), Limits.MEMBERS_MAX, "members");
        for (MemberInfo member : members) {
            out.writeLong(member.nodeId());
            writeAddress(out, member.peerAddress());
            writeAddress(out, member.clientAddress());
            out.writeByte(member.wanted().code());
            out.writeByte(member.actual().code());
            writeBool(out, member.leads());
            out.writeLong(member.behindEntries());
        }
    }

    private static List<MemberInfo> readMembers(ByteBuf in) {
        int count = readCount(in, Limits.MEMBERS_MAX, MEMBER_BYTES_MIN, "members");
        List<MemberInfo> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(
                    new MemberInfo(
                            readI64(in, "nodeId"),
                            readAddress(in, "peerAddress"),
                            readAddress(in, "clientAddress"),
                            MemberRole.ofCode(readU8(in, "wanted")),
                            MemberRole.ofCode(readU8(in, "actual")),
                            readBool(in, "leads"),
                            readI64(in, "behindEntries")));
        }
        return members;
    }

    private static List<String> readMemberAddresses(ByteBuf in) {
        int count = readCount(in, Limits.MEMBERS_MAX, STRING_BYTES_MIN, "members");
        List<String> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(readAddress(in, "member"));
        }
        return members;
    }

    private static void writeFound(ByteBuf out, Reply.Found found) {
        writeRecord(out, found.record());
        writeU63(out, found.ageMs(), "ageMs");
    }

    private static void writeRange(ByteBuf out, int start, Reply.Range range) {
        writeU63(out, range.count(), "count");
        writeU63(out, range.ageMs(), "ageMs");
        writePage(out, start, range.rows(), range.more(), ReplyCodec::writeRangeRow);
    }

    private static Reply.Body readRange(ByteBuf in) {
        long keys = readU63(in, "count");
        long ageMs = readU63(in, "ageMs");
        int count = readCount(in, Limits.LIST_ROWS_MAX, RANGE_ROW_BYTES_MIN, "rows");
        List<RangeRow> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rows.add(new RangeRow(readKey(in), readRecordIfAny(in)));
        }
        return new Reply.Range(keys, ageMs, rows, readBool(in, "more"));
    }

    private static void writeRecords(ByteBuf out, Reply.Records records) {
        writeU63(out, records.ageMs(), "ageMs");
        writeCount(out, records.records().size(), Limits.KEYS_PER_READ_MAX, "records");
        for (Optional<Versioned> record : records.records()) {
            writeRecordIfAny(out, record);
        }
    }

    private static Reply.Body readRecords(ByteBuf in) {
        long ageMs = readU63(in, "ageMs");
        int count = readCount(in, Limits.KEYS_PER_READ_MAX, 1, "records");
        List<Optional<Versioned>> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(readRecordIfAny(in));
        }
        return new Reply.Records(ageMs, records);
    }

    static void writeRecord(ByteBuf out, Versioned record) {
        writeValue(out, record.value());
        writeU63(out, record.createRevision(), "createRevision");
        writeU63(out, record.modifyRevision(), "modifyRevision");
        writeU63(out, record.version(), "version");
        out.writeLong(record.stamp().packed());
        out.writeLong(record.token().value());
        out.writeLong(record.owner().value());
        out.writeLong(record.writer().value());
        writeU63(out, record.writerSequence(), "writerSequence");
    }

    private static Reply.Body readFound(ByteBuf in) {
        return new Reply.Found(readRecord(in), readU63(in, "ageMs"));
    }

    static Versioned readRecord(ByteBuf in) {
        return new Versioned(
                readValue(in),
                readU63(in, "createRevision"),
                readU63(in, "modifyRevision"),
                readU63(in, "version"),
                readStamp(in),
                readToken(in),
                readSession(in),
                readSession(in),
                readU63(in, "writerSequence"));
    }

    private static void writeRecordIfAny(ByteBuf out, Optional<Versioned> record) {
        writeBool(out, record.isPresent());
        if (record.isPresent()) {
            writeRecord(out, record.get());
        }
    }

    private static Optional<Versioned> readRecordIfAny(ByteBuf in) {
        return readBool(in, "record present") ? Optional.of(readRecord(in)) : Optional.empty();
    }

    private static void writeRangeRow(ByteBuf out, RangeRow row) {
        writeKey(out, row.key());
        writeRecordIfAny(out, row.record());
    }

    private static void writeSessionOpened(ByteBuf out, Reply.SessionOpened opened) {
        out.writeLong(opened.session().value());
        writeU63(out, opened.ttlMs(), "ttlMs");
    }

    private static void writeRenewed(ByteBuf out, Reply.Renewed renewed) {
        List<FencingToken> tokens = renewed.liveTokens();
        writeCount(out, tokens.size(), Limits.LOCKS_PER_SESSION_MAX, "liveTokens");
        for (int i = 0; i < tokens.size(); i++) {
            out.writeLong(tokens.get(i).value());
        }
    }

    private static Reply.Body readRenewed(ByteBuf in) {
        int count = readCount(in, Limits.LOCKS_PER_SESSION_MAX, 8, "liveTokens");
        List<FencingToken> tokens = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tokens.add(readToken(in));
        }
        return new Reply.Renewed(tokens);
    }

    private static void writeLocks(ByteBuf out, int start, Reply.Locks locks) {
        writePage(out, start, locks.locks(), locks.more(), ReplyCodec::writeLock);
    }

    private static Reply.Body readLocks(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, LOCK_BYTES_MIN, "locks");
        List<LockInfo> locks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            locks.add(readLock(in));
        }
        return new Reply.Locks(locks, readBool(in, "more"));
    }

    private static void writeGuards(ByteBuf out, int start, Reply.Guards guards) {
        writePage(out, start, guards.guards(), guards.more(), ReplyCodec::writeGuard);
    }

    private static Reply.Body readGuards(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, GUARD_BYTES_MIN, "guards");
        List<GuardInfo> guards = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            guards.add(readGuard(in));
        }
        return new Reply.Guards(guards, readBool(in, "more"));
    }

    private static void writeHolders(ByteBuf out, int start, Reply.Holders holders) {
        writePage(out, start, holders.holders(), holders.more(), ReplyCodec::writeHolder);
    }

    private static Reply.Body readHolders(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, HOLDER_BYTES_MIN, "holders");
        List<HolderInfo> holders = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            holders.add(readHolder(in));
        }
        return new Reply.Holders(holders, readBool(in, "more"));
    }

    private static void writeGates(ByteBuf out, int start, Reply.Gates gates) {
        writePage(out, start, gates.gates(), gates.more(), ReplyCodec::writeGate);
    }

    private static Reply.Body readGates(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, GATE_BYTES_MIN, "gates");
        List<GateInfo> gates = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            gates.add(readGate(in));
        }
        return new Reply.Gates(gates, readBool(in, "more"));
    }

    private static void writeSessions(ByteBuf out, int start, Reply.Sessions sessions) {
        writePage(out, start, sessions.sessions(), sessions.more(), ReplyCodec::writeSessionInfo);
    }

    private static Reply.Body readSessions(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, SESSION_BYTES_MIN, "sessions");
        List<SessionInfo> sessions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessions.add(readSessionInfo(in));
        }
        return new Reply.Sessions(sessions, readBool(in, "more"));
    }

    private static void writeRejections(ByteBuf out, int start, Reply.Rejections rejections) {
        writePage(
                out, start, rejections.rejections(), rejections.more(), ReplyCodec::writeRejection);
    }

    private static Reply.Body readRejections(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, REJECTION_BYTES_MIN, "rejections");
        List<Rejection> rejections = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rejections.add(readRejection(in));
        }
        return new Reply.Rejections(rejections, readBool(in, "more"));
    }

    private static void writeSettings(ByteBuf out, Reply.Settings settings) {
        writeCount(out, settings.settings().size(), Limits.LIST_ROWS_MAX, "settings");
        for (SettingInfo setting : settings.settings()) {
            writeString(out, setting.name(), Limits.SETTING_NAME_BYTES_MAX, "setting name");
            out.writeLong(setting.value());
            out.writeLong(setting.min());
            out.writeLong(setting.max());
        }
    }

    private static Reply.Body readSettings(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, SETTING_BYTES_MIN, "settings");
        List<SettingInfo> settings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            settings.add(
                    new SettingInfo(
                            readString(in, Limits.SETTING_NAME_BYTES_MAX, "setting name"),
                            readI64(in, "value"),
                            readI64(in, "min"),
                            readI64(in, "max")));
        }
        return new Reply.Settings(settings);
    }

    private static void writeEvents(ByteBuf out, Reply.Events events) {
        writeBool(out, events.whole());
        writeCount(out, events.events().size(), Limits.LIST_ROWS_MAX, "events");
        for (RecordEvent event : events.events()) {
            out.writeByte(event.type().code());
            writeU63(out, event.revision(), "revision");
            out.writeLong(event.stamp().packed());
            writeKey(out, event.key());
            writeRecordIfAny(out, event.record());
            writeRecordIfAny(out, event.previous());
        }
    }

    private static Reply.Body readEvents(ByteBuf in) {
        boolean whole = readBool(in, "whole");
        int count = readCount(in, Limits.LIST_ROWS_MAX, EVENT_BYTES_MIN, "events");
        List<RecordEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(
                    new RecordEvent(
                            EventType.ofCode(readU8(in, "type")),
                            readU63(in, "revision"),
                            readStamp(in),
                            readKey(in),
                            readRecordIfAny(in),
                            readRecordIfAny(in)));
        }
        return new Reply.Events(whole, events);
    }

    private static void writeLockEvents(ByteBuf out, Reply.LockEvents events) {
        writeBool(out, events.whole());
        writeCount(out, events.events().size(), Limits.LIST_ROWS_MAX, "events");
        for (LockEvent event : events.events()) {
            out.writeByte(event.type().code());
            writeU63(out, event.revision(), "revision");
            out.writeLong(event.stamp().packed());
            writeLockName(out, event.lock());
            out.writeLong(event.token().value());
            out.writeLong(event.session().value());
            out.writeLong(event.owner());
            writeLabel(out, event.label());
            writeBool(out, event.shared());
            writeU16(out, event.permits(), "permits");
            writeU63(out, event.delayMs(), "delayMs");
        }
    }

    private static Reply.Body readLockEvents(ByteBuf in) {
        boolean whole = readBool(in, "whole");
        int count = readCount(in, Limits.LIST_ROWS_MAX, LOCK_EVENT_BYTES_MIN, "events");
        List<LockEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(
                    new LockEvent(
                            LockEventType.ofCode(readU8(in, "type")),
                            readU63(in, "revision"),
                            readStamp(in),
                            readLockName(in),
                            readToken(in),
                            readSession(in),
                            readI64(in, "owner"),
                            readLabel(in),
                            readBool(in, "shared"),
                            readU16(in, "permits"),
                            readU63(in, "delayMs")));
        }
        return new Reply.LockEvents(whole, events);
    }

    private static void writeRejectionEvents(ByteBuf out, Reply.RejectionEvents events) {
        writeBool(out, events.whole());
        writeCount(out, events.events().size(), Limits.LIST_ROWS_MAX, "events");
        for (Rejection rejection : events.events()) {
            writeRejection(out, rejection);
        }
    }

    private static Reply.Body readRejectionEvents(ByteBuf in) {
        boolean whole = readBool(in, "whole");
        int count = readCount(in, Limits.LIST_ROWS_MAX, REJECTION_BYTES_MIN, "events");
        List<Rejection> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            events.add(readRejection(in));
        }
        return new Reply.RejectionEvents(whole, events);
    }

    private static void writeFenced(ByteBuf out, Reply.Fenced fenced) {
        List<FenceViolation> violations = fenced.violations();
        writeCount(out, violations.size(), Limits.VIOLATIONS_PER_OUTCOME_MAX, "violations");
        for (int i = 0; i < violations.size(); i++) {
            writeViolation(out, violations.get(i));
        }
        writeU31(out, fenced.total(), "total");
    }

    private static Reply.Body readFenced(ByteBuf in) {
        int count =
                readCount(in, Limits.VIOLATIONS_PER_OUTCOME_MAX, VIOLATION_BYTES_MIN, "violations");
        List<FenceViolation> violations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            violations.add(readViolation(in));
        }
        return new Reply.Fenced(violations, readU31(in, "total"));
    }

    private static void writeClockSkew(ByteBuf out, Reply.ClockSkew skew) {
        out.writeLong(skew.received().packed());
        out.writeLong(skew.nodeMillis());
    }

    // ---- what bodies are made of

    private interface RowWriter<T> {
        void write(ByteBuf out, T row);
    }

    /** As many rows as fit the frame, then whether there are more. */
    private static <T> void writePage(
            ByteBuf out, int start, List<T> rows, boolean more, RowWriter<T> writer) {
        int countAt = out.writerIndex();
        writeCount(out, rows.size(), Limits.LIST_ROWS_MAX, "rows");
        int written = 0;
        for (T row : rows) {
            int rowAt = out.writerIndex();
            writer.write(out, row);
            if (FrameEncoder.length(out, start) + 1 > Limits.FRAME_BYTES_MAX) {
                out.writerIndex(rowAt);
                break;
            }
            written++;
        }
        if (written == 0 && !rows.isEmpty()) {
            // An empty page that says "more" would send the client round in circles.
            throw new WireException("one row is too large for a frame");
        }
        out.setShort(countAt, written);
        writeBool(out, more || written < rows.size());
    }

    private static void writeLock(ByteBuf out, LockInfo lock) {
        writeLockName(out, lock.name());
        out.writeLong(lock.newestToken().value());
        writeBool(out, lock.grant().isPresent());
        if (lock.grant().isPresent()) {
            writeGrant(out, lock.grant().get());
        }
        writeU63(out, lock.delayRemainingMs(), "delayRemainingMs");
        writeU31(out, lock.waiters(), "waiters");
        writeCount(out, lock.queue().size(), Limits.LIST_ROWS_MAX, "queue");
        for (WaiterInfo waiter : lock.queue()) {
            out.writeLong(waiter.session().value());
            out.writeLong(waiter.owner());
            writeLabel(out, waiter.label());
            writeU63(out, waiter.remainingMs(), "remainingMs");
        }
        writeCount(out, lock.ended().size(), ROWS_MAX, "ended");
        for (EndedGrant grant : lock.ended()) {
            out.writeLong(grant.token().value());
            out.writeLong(grant.session().value());
            out.writeByte(grant.how().code());
            writeU63(out, grant.revision(), "revision");
            out.writeLong(grant.at().packed());
        }
    }

    private static LockInfo readLock(ByteBuf in) {
        LockName name = readLockName(in);
        FencingToken newest = readToken(in);
        Optional<GrantInfo> grant =
                readBool(in, "grant present") ? Optional.of(readGrant(in)) : Optional.empty();
        return new LockInfo(
                name,
                newest,
                grant,
                readU63(in, "delayRemainingMs"),
                readU31(in, "waiters"),
                readQueue(in),
                readEnded(in));
    }

    private static List<WaiterInfo> readQueue(ByteBuf in) {
        int count = readCount(in, Limits.LIST_ROWS_MAX, WAITER_BYTES_MIN, "queue");
        List<WaiterInfo> queue = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            queue.add(
                    new WaiterInfo(
                            readSession(in),
                            readI64(in, "owner"),
                            readLabel(in),
                            readU63(in, "remainingMs")));
        }
        return queue;
    }

    private static List<EndedGrant> readEnded(ByteBuf in) {
        int count = readCount(in, ROWS_MAX, ENDED_BYTES_MIN, "ended");
        List<EndedGrant> ended = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ended.add(
                    new EndedGrant(
                            readToken(in),
                            readSession(in),
                            FenceReason.ofCode(readU8(in, "how")),
                            readU63(in, "revision"),
                            readStamp(in)));
        }
        return ended;
    }

    private static void writeGrant(ByteBuf out, GrantInfo grant) {
        out.writeLong(grant.token().value());
        out.writeLong(grant.session().value());
        out.writeLong(grant.owner());
        writeLabel(out, grant.label());
        writeU63(out, grant.revision(), "revision");
        out.writeLong(grant.at().packed());
    }

    private static GrantInfo readGrant(ByteBuf in) {
        return new GrantInfo(
                readToken(in),
                readSession(in),
                readI64(in, "owner"),
                readLabel(in),
                readU63(in, "revision"),
                readStamp(in));
    }

    private static void writeHolder(ByteBuf out, HolderInfo holder) {
        writeGrant(out, holder.grant());
        writeBool(out, holder.shared());
        writeU16(out, holder.permits(), "permits");
    }

    private static HolderInfo readHolder(ByteBuf in) {
        return new HolderInfo(readGrant(in), readBool(in, "shared"), readU16(in, "permits"));
    }

    private static void writeGate(ByteBuf out, GateInfo gate) {
        writeResourceName(out, gate.resource());
        writeLockName(out, gate.lock());
        out.writeLong(gate.mark().value());
        writeU63(out, gate.revision(), "revision");
        writeU63(out, gate.refused(), "refused");
    }

    private static GateInfo readGate(ByteBuf in) {
        return new GateInfo(
                readResourceName(in),
                readLockName(in),
                readToken(in),
                readU63(in, "revision"),
                readU63(in, "refused"));
    }

    private static void writeGuard(ByteBuf out, GuardInfo info) {
        writeKey(out, info.guard().prefix());
        writeLockName(out, info.guard().lock());
        out.writeByte(info.guard().rule().code());
        out.writeByte(info.guard().mode().code());
        writeU63(out, info.revision(), "revision");
        writeU63(out, info.violations(), "violations");
    }

    private static GuardInfo readGuard(ByteBuf in) {
        Guard guard =
                new Guard(
                        readKey(in),
                        readLockName(in),
                        GuardRule.ofCode(readU8(in, "rule")),
                        GuardMode.ofCode(readU8(in, "mode")));
        return new GuardInfo(guard, readU63(in, "revision"), readU63(in, "violations"));
    }

    private static void writeSessionInfo(ByteBuf out, SessionInfo session) {
        out.writeLong(session.id().value());
        writeLabel(out, session.label());
        writeU63(out, session.ttlMs(), "ttlMs");
        writeU63(out, session.remainingMs(), "remainingMs");
        writeU31(out, session.grants(), "grants");
        writeU31(out, session.waits(), "waits");
        writeU31(out, session.keys(), "keys");
    }

    private static SessionInfo readSessionInfo(ByteBuf in) {
        return new SessionInfo(
                readSession(in),
                readLabel(in),
                readU63(in, "ttlMs"),
                readU63(in, "remainingMs"),
                readU31(in, "grants"),
                readU31(in, "waits"),
                readU31(in, "keys"));
    }

    private static void writeRejection(ByteBuf out, Rejection rejection) {
        writeU63(out, rejection.revision(), "revision");
        out.writeLong(rejection.at().packed());
        out.writeLong(rejection.session().value());
        writeLabel(out, rejection.label());
        writeKeyIfAny(out, rejection.key());
        writeViolation(out, rejection.violation());
        writeBool(out, rejection.enforced());
        writeU63(out, rejection.repeats(), "repeats");
    }

    private static Rejection readRejection(ByteBuf in) {
        return new Rejection(
                readU63(in, "revision"),
                readStamp(in),
                readSession(in),
                readLabel(in),
                readKeyIfAny(in),
                readViolation(in),
                readBool(in, "enforced"),
                readU63(in, "repeats"));
    }

    private static void writeViolation(ByteBuf out, FenceViolation violation) {
        out.writeByte(violation.reason().code());
        writeLockName(out, violation.lock());
        out.writeLong(violation.shown().value());
        out.writeLong(violation.live().value());
        out.writeBoolean(violation.ended().isPresent());
        if (violation.ended().isPresent()) {
            out.writeByte(violation.ended().get().code());
        }
        out.writeLong(violation.endedRevision());
        out.writeLong(violation.endedAt().packed());
        writeLabel(out, violation.successor());
    }

    private static FenceViolation readViolation(ByteBuf in) {
        return new FenceViolation(
                FenceReason.ofCode(readU8(in, "reason")),
                readLockName(in),
                readToken(in),
                readToken(in),
                readBool(in, "ended")
                        ? Optional.of(FenceReason.ofCode(readU8(in, "ended")))
                        : Optional.empty(),
                readU63(in, "endedRevision"),
                readStamp(in),
                readLabel(in));
    }

    private static void writeCluster(ByteBuf out, ClusterId cluster) {
        out.writeLong(cluster.high());
        out.writeLong(cluster.low());
    }

    private static ClusterId readCluster(ByteBuf in) {
        return new ClusterId(readI64(in, "cluster"), readI64(in, "cluster"));
    }

    private static void writeAddress(ByteBuf out, String address) {
        writeString(out, address, Limits.ADDRESS_BYTES_MAX, "address");
    }

    private static String readAddress(ByteBuf in, String what) {
        return readString(in, Limits.ADDRESS_BYTES_MAX, what);
    }
}
