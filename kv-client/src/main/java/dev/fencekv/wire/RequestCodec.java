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

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.AsOf;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.KeyRange;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.LockNames;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionNonce;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Requests to bytes and back, as {@code protocol.table} lays them out; written by hand, tested
 * against the table. Stateless.
 */
public final class RequestCodec {
    /** A lock name of one byte, and a token. */
    private static final int FENCE_BYTES_MIN = 2 + 1 + 8;

    private static final int KEY_BYTES_MIN = 2 + 1;

    private RequestCodec() {}

    /**
     * Borrows {@code out} and appends one whole frame to it. Throws {@link WireException}, leaving
     * {@code out} as it was, if the request breaks a limit of the protocol.
     *
     * @param stamp the highest that the client has seen
     */
    public static void encode(
            Request request, long correlation, HybridTimestamp stamp, ByteBuf out) {
        int start = FrameEncoder.begin(out, request.opcode(), 0, correlation, stamp);
        try {
            write(out, request);
            FrameEncoder.end(out, start);
        } catch (RuntimeException e) {
            out.writerIndex(start);
            throw e;
        }
    }

    /** Borrows {@code frame}. Throws {@link WireException} and nothing else. */
    public static Request decode(Frame frame) {
        if (frame.flags() != 0) {
            throw new WireException("a request has no flags but this one has " + frame.flags());
        }
        try {
            Request request = read(frame.opcode(), frame.body());
            needEnd(frame.body());
            return request;
        } catch (IllegalArgumentException e) {
            // What the values themselves refuse: they say it best.
            throw new WireException(String.valueOf(e.getMessage()));
        }
    }

    private static void write(ByteBuf out, Request request) {
        switch (request.opcode()) {
            case HELLO -> writeHello(out, (Request.Hello) request);
            case PING, STATUS, HEALTH, LIST_SETTINGS, LIST_MEMBERS -> {}
            case GET -> writeGet(out, (Request.Get) request);
            case PUT -> writePut(out, (Request.Put) request);
            case DELETE -> writeDelete(out, (Request.Delete) request);
            case INCREMENT -> writeIncrement(out, (Request.Increment) request);
            case APPEND -> writeAppend(out, (Request.Append) request);
            case RANGE -> writeRange(out, (Request.Range) request);
            case GET_MANY -> writeGetMany(out, (Request.GetMany) request);
            case TRANSACT -> writeTransact(out, (Request.Transact) request);
            case TTL -> writeKey(out, ((Request.Ttl) request).key());
            case OPEN_SESSION -> writeOpenSession(out, (Request.OpenSession) request);
            case RENEW_SESSION -> out.writeLong(((Request.RenewSession) request).session().value());
            case CLOSE_SESSION -> writeId(out, ((Request.CloseSession) request).id());
            case LIST_SESSIONS -> writeListSessions(out, (Request.ListSessions) request);
            case ACQUIRE -> writeAcquire(out, (Request.Acquire) request);
            case RELEASE -> writeRelease(out, (Request.Release) request);
            case CANCEL_WAIT -> writeCancelWait(out, (Request.CancelWait) request);
            case REVOKE -> writeRevoke(out, (Request.Revoke) request);
            case INSPECT_LOCK -> writeInspectLock(out, (Request.InspectLock) request);
            case LIST_LOCKS -> writeListLocks(out, (Request.ListLocks) request);
            case RECLAIM -> writeReclaim(out, (Request.Reclaim) request);
            case ACQUIRE_SHARED -> writeAcquireShared(out, (Request.AcquireShared) request);
            case LIST_HOLDERS -> writeListHolders(out, (Request.ListHolders) request);
            case SET_GUARD -> writeSetGuard(out, (Request.SetGuard) request);
            case REMOVE_GUARD -> writeRemoveGuard(out, (Request.RemoveGuard) request);
            case LIST_GUARDS -> writeListGuards(out, (Request.ListGuards) request);
            case LIST_REJECTIONS -> writeListRejections(out, (Request.ListRejections) request);
            case ADMIT -> writeAdmit(out, (Request.Admit) request);
            case REMOVE_GATE -> writeRemoveGate(out, (Request.RemoveGate) request);
            case LIST_GATES -> writeListGates(out, (Request.ListGates) request);
            case CHANGE_SETTING -> writeChangeSetting(out, (Request.ChangeSetting) request);
            case PLACE_MEMBER -> writePlaceMember(out, (Request.PlaceMember) request);
            case WATCH -> writeWatch(out, (Request.Watch) request);
            case WATCH_LOCKS -> writeWatchLocks(out, (Request.WatchLocks) request);
            case WATCH_REJECTIONS -> writeWatchRejections(out, (Request.WatchRejections) request);
            case CANCEL_WATCH -> out.writeLong(((Request.CancelWatch) request).watch());
            case TRANSFER_LEADERSHIP ->
                    writeNode(out, ((Request.TransferLeadership) request).node());
        }
    }

    private static Request read(Opcode opcode, ByteBuf in) {
        return switch (opcode) {
            case HELLO -> readHello(in);
            case PING -> new Request.Ping();
            case STATUS -> new Request.Status();
            case HEALTH -> new Request.Health();
            case GET -> readGet(in);
            case PUT -> readPut(in);
            case DELETE -> readDelete(in);
            case INCREMENT -> readIncrement(in);
            case APPEND -> readAppend(in);
            case RANGE -> readRange(in);
            case GET_MANY -> readGetMany(in);
            case TRANSACT ->
                    new Request.Transact(readId(in), readFences(in), TransactionCodec.read(in));
            case TTL -> new Request.Ttl(readKey(in));
            case OPEN_SESSION -> readOpenSession(in);
            case RENEW_SESSION -> new Request.RenewSession(readSession(in));
            case CLOSE_SESSION -> new Request.CloseSession(readId(in));
            case LIST_SESSIONS -> new Request.ListSessions(readSession(in), readU16(in, "limit"));
            case ACQUIRE -> readAcquire(in);
            case RELEASE -> new Request.Release(readId(in), readLockName(in), readToken(in));
            case CANCEL_WAIT -> readCancelWait(in);
            case REVOKE -> new Request.Revoke(readId(in), readLockName(in), readToken(in));
            case INSPECT_LOCK -> new Request.InspectLock(readLockName(in), readMode(in));
            case LIST_LOCKS -> readListLocks(in);
            case RECLAIM -> readReclaim(in);
            case ACQUIRE_SHARED -> readAcquireShared(in);
            case LIST_HOLDERS ->
                    new Request.ListHolders(readLockName(in), readToken(in), readU16(in, "limit"));
            case SET_GUARD -> readSetGuard(in);
            case REMOVE_GUARD -> new Request.RemoveGuard(readId(in), readKey(in));
            case LIST_GUARDS -> readListGuards(in);
            case LIST_REJECTIONS -> readListRejections(in);
            case ADMIT -> readAdmit(in);
            case REMOVE_GATE -> new Request.RemoveGate(readId(in), readResourceName(in));
            case LIST_GATES -> readListGates(in);
            case CHANGE_SETTING -> readChangeSetting(in);
            case LIST_SETTINGS -> new Request.ListSettings();
            case LIST_MEMBERS -> new Request.ListMembers();
            case PLACE_MEMBER -> readPlaceMember(in);
            case WATCH -> readWatch(in);
            case WATCH_LOCKS -> readWatchLocks(in);
            case WATCH_REJECTIONS -> readWatchRejections(in);
            case CANCEL_WATCH -> new Request.CancelWatch(readI64(in, "watch"));
            case TRANSFER_LEADERSHIP -> new Request.TransferLeadership(readNode(in));
        };
    }

    // ---- one pair of methods per message, in the order of the table

    private static void writeHello(ByteBuf out, Request.Hello hello) {
        writeU8(out, hello.versionMin(), "versionMin");
        writeU8(out, hello.versionMax(), "versionMax");
        out.writeLong(hello.features());
        writeString(out, hello.client(), Limits.PROGRAM_NAME_BYTES_MAX, "client");
        out.writeLong(hello.session().value());
        writeNonce(out, hello.nonce());
    }

    private static Request readHello(ByteBuf in) {
        int versionMin = readU8(in, "versionMin");
        int versionMax = readU8(in, "versionMax");
        long features = readI64(in, "features");
        String client = readString(in, Limits.PROGRAM_NAME_BYTES_MAX, "client");
        SessionId session = readSession(in);
        return new Request.Hello(versionMin, versionMax, features, client, session, readNonce(in));
    }

    private static void writeGet(ByteBuf out, Request.Get get) {
        writeKey(out, get.key());
        out.writeByte(get.mode().code());
        out.writeLong(get.atLeastRevision());
        writeFences(out, get.fences());
    }

    private static Request readGet(ByteBuf in) {
        return new Request.Get(
                readKey(in), readMode(in), readU63(in, "atLeastRevision"), readFences(in));
    }

    private static void writePut(ByteBuf out, Request.Put put) {
        writeId(out, put.id());
        writeFences(out, put.fences());
        writeKey(out, put.key());
        writeValue(out, put.value());
        out.writeLong(put.ifRevision());
        writeBool(out, put.ephemeral());
    }

    private static Request readPut(ByteBuf in) {
        return new Request.Put(
                readId(in),
                readFences(in),
                readKey(in),
                readValue(in),
                readI64(in, "ifRevision"),
                readBool(in, "ephemeral"));
    }

    private static void writeDelete(ByteBuf out, Request.Delete delete) {
        writeId(out, delete.id());
        writeFences(out, delete.fences());
        writeKey(out, delete.key());
        out.writeLong(delete.ifRevision());
    }

    private static Request readDelete(ByteBuf in) {
        return new Request.Delete(
                readId(in), readFences(in), readKey(in), readI64(in, "ifRevision"));
    }

    private static void writeIncrement(ByteBuf out, Request.Increment increment) {
        writeId(out, increment.id());
        writeFences(out, increment.fences());
        writeKey(out, increment.key());
        out.writeLong(increment.delta());
    }

    private static Request readIncrement(ByteBuf in) {
        return new Request.Increment(readId(in), readFences(in), readKey(in), readI64(in, "delta"));
    }

    private static void writeAppend(ByteBuf out, Request.Append append) {
        writeId(out, append.id());
        writeFences(out, append.fences());
        writeKey(out, append.key());
        writeValue(out, append.value());
    }

    private static Request readAppend(ByteBuf in) {
        return new Request.Append(readId(in), readFences(in), readKey(in), readValue(in));
    }

    private static void writeTransact(ByteBuf out, Request.Transact transact) {
        writeId(out, transact.id());
        writeFences(out, transact.fences());
        TransactionCodec.write(out, transact.transaction());
    }

    private static void writeRange(ByteBuf out, Request.Range range) {
        writeKeyIfAny(out, range.range().from());
        writeKeyIfAny(out, range.range().to());
        out.writeByte(range.what().code());
        writeBool(out, range.reverse());
        writeU16(out, range.limit(), "limit");
        writeTerms(out, range.terms());
    }

    private static Request readRange(ByteBuf in) {
        return new Request.Range(
                new KeyRange(readKeyIfAny(in), readKeyIfAny(in)),
                RangeWhat.ofCode(readU8(in, "what")),
                readBool(in, "reverse"),
                readU16(in, "limit"),
                readTerms(in));
    }

    private static void writeGetMany(ByteBuf out, Request.GetMany get) {
        writeCount(out, get.keys().size(), Limits.KEYS_PER_READ_MAX, "keys");
        for (Key key : get.keys()) {
            writeKey(out, key);
        }
        writeTerms(out, get.terms());
    }

    private static Request readGetMany(ByteBuf in) {
        int count = readCount(in, Limits.KEYS_PER_READ_MAX, KEY_BYTES_MIN, "keys");
        List<Key> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            keys.add(readKey(in));
        }
        return new Request.GetMany(keys, readTerms(in));
    }

    private static void writeTerms(ByteBuf out, ReadTerms terms) {
        out.writeByte(terms.mode().code());
        out.writeLong(terms.atLeastRevision());
        out.writeLong(terms.at().revision());
        out.writeLong(terms.at().stamp().packed());
        writeFences(out, terms.fences());
    }

    private static ReadTerms readTerms(ByteBuf in) {
        return new ReadTerms(
                readMode(in),
                readU63(in, "atLeastRevision"),
                new AsOf(readU63(in, "revision"), readStamp(in)),
                readFences(in));
    }

    private static void writeOpenSession(ByteBuf out, Request.OpenSession open) {
        writeNonce(out, open.nonce());
        out.writeLong(open.ttlMs());
        writeLabel(out, open.label());
    }

    private static Request readOpenSession(ByteBuf in) {
        return new Request.OpenSession(readNonce(in), readU63(in, "ttlMs"), readLabel(in));
    }

    private static void writeListSessions(ByteBuf out, Request.ListSessions list) {
        out.writeLong(list.after().value());
        writeU16(out, list.limit(), "limit");
    }

    private static void writeAcquire(ByteBuf out, Request.Acquire acquire) {
        writeId(out, acquire.id());
        writeLockName(out, acquire.lock());
        out.writeLong(acquire.owner());
        out.writeLong(acquire.waitMs());
        out.writeLong(acquire.lockDelayMs());
    }

    private static Request readAcquire(ByteBuf in) {
        return new Request.Acquire(
                readId(in),
                readLockName(in),
                readI64(in, "owner"),
                readU63(in, "waitMs"),
                readU63(in, "lockDelayMs"));
    }

    private static void writeRelease(ByteBuf out, Request.Release release) {
        writeId(out, release.id());
        writeLockName(out, release.lock());
        out.writeLong(release.token().value());
    }

    private static void writeCancelWait(ByteBuf out, Request.CancelWait cancel) {
        writeId(out, cancel.id());
        writeLockName(out, cancel.lock());
        out.writeLong(cancel.owner());
    }

    private static Request readCancelWait(ByteBuf in) {
        return new Request.CancelWait(readId(in), readLockName(in), readI64(in, "owner"));
    }

    private static void writeRevoke(ByteBuf out, Request.Revoke revoke) {
        writeId(out, revoke.id());
        writeLockName(out, revoke.lock());
        out.writeLong(revoke.token().value());
    }

    private static void writeInspectLock(ByteBuf out, Request.InspectLock inspect) {
        writeLockName(out, inspect.lock());
        out.writeByte(inspect.mode().code());
    }

    private static void writeListLocks(ByteBuf out, Request.ListLocks list) {
        writeString(out, list.after(), Limits.LOCK_NAME_BYTES_MAX, "after");
        writeU16(out, list.limit(), "limit");
    }

    private static Request readListLocks(ByteBuf in) {
        String after = readString(in, Limits.LOCK_NAME_BYTES_MAX, "after");
        return new Request.ListLocks(after, readU16(in, "limit"));
    }

    private static void writeAcquireShared(ByteBuf out, Request.AcquireShared acquire) {
        writeId(out, acquire.id());
        writeLockName(out, acquire.lock());
        out.writeLong(acquire.owner());
        out.writeLong(acquire.waitMs());
        writeU16(out, acquire.permits(), "permits");
    }

    private static Request readAcquireShared(ByteBuf in) {
        return new Request.AcquireShared(
                readId(in),
                readLockName(in),
                readI64(in, "owner"),
                readU63(in, "waitMs"),
                readU16(in, "permits"));
    }

    private static void writeListHolders(ByteBuf out, Request.ListHolders list) {
        writeLockName(out, list.lock());
        out.writeLong(list.after().value());
        writeU16(out, list.limit(), "limit");
    }

    private static void writeReclaim(ByteBuf out, Request.Reclaim reclaim) {
        writeId(out, reclaim.id());
        writeLockName(out, reclaim.lock());
        out.writeLong(reclaim.owner());
        out.writeLong(reclaim.lockDelayMs());
        out.writeLong(reclaim.token().value());
    }

    private static Request readReclaim(ByteBuf in) {
        return new Request.Reclaim(
                readId(in),
                readLockName(in),
                readI64(in, "owner"),
                readU63(in, "lockDelayMs"),
                readToken(in));
    }

    private static void writeSetGuard(ByteBuf out, Request.SetGuard set) {
        writeId(out, set.id());
        writeKey(out, set.guard().prefix());
        writeLockName(out, set.guard().lock());
        out.writeByte(set.guard().rule().code());
        out.writeByte(set.guard().mode().code());
        writeBool(out, set.force());
    }

    private static Request readSetGuard(ByteBuf in) {
        RequestId id = readId(in);
        Guard guard =
                new Guard(
                        readKey(in),
                        readLockName(in),
                        GuardRule.ofCode(readU8(in, "rule")),
                        GuardMode.ofCode(readU8(in, "mode")));
        return new Request.SetGuard(id, guard, readBool(in, "force"));
    }

    private static void writeRemoveGuard(ByteBuf out, Request.RemoveGuard remove) {
        writeId(out, remove.id());
        writeKey(out, remove.prefix());
    }

    private static void writeListGuards(ByteBuf out, Request.ListGuards list) {
        if (list.after().isPresent()) {
            writeKey(out, list.after().get());
        } else {
            out.writeShort(0);
        }
        writeU16(out, list.limit(), "limit");
    }

    private static Request readListGuards(ByteBuf in) {
        int length = readU16(in.slice(), "after");
        Optional<Key> after = length == 0 ? Optional.empty() : Optional.of(readKey(in));
        if (after.isEmpty()) {
            in.skipBytes(Short.BYTES);
        }
        return new Request.ListGuards(after, readU16(in, "limit"));
    }

    private static void writeListRejections(ByteBuf out, Request.ListRejections list) {
        out.writeLong(list.after());
        writeU16(out, list.limit(), "limit");
    }

    private static Request readListRejections(ByteBuf in) {
        return new Request.ListRejections(readU63(in, "after"), readU16(in, "limit"));
    }

    private static void writeAdmit(ByteBuf out, Request.Admit admit) {
        writeId(out, admit.id());
        writeResourceName(out, admit.resource());
        writeLockName(out, admit.lock());
        out.writeLong(admit.token().value());
    }

    private static Request readAdmit(ByteBuf in) {
        return new Request.Admit(readId(in), readResourceName(in), readLockName(in), readToken(in));
    }

    private static void writeRemoveGate(ByteBuf out, Request.RemoveGate remove) {
        writeId(out, remove.id());
        writeResourceName(out, remove.resource());
    }

    private static void writeListGates(ByteBuf out, Request.ListGates list) {
        writeString(out, list.after(), Limits.RESOURCE_NAME_BYTES_MAX, "after");
        writeU16(out, list.limit(), "limit");
    }

    private static Request readListGates(ByteBuf in) {
        String after = readString(in, Limits.RESOURCE_NAME_BYTES_MAX, "after");
        return new Request.ListGates(after, readU16(in, "limit"));
    }

    private static void writeChangeSetting(ByteBuf out, Request.ChangeSetting change) {
        writeId(out, change.id());
        writeString(out, change.name(), Limits.SETTING_NAME_BYTES_MAX, "setting name");
        out.writeLong(change.value());
    }

    private static Request readChangeSetting(ByteBuf in) {
        return new Request.ChangeSetting(
                readId(in),
                readString(in, Limits.SETTING_NAME_BYTES_MAX, "setting name"),
                readI64(in, "value"));
    }

    private static void writePlaceMember(ByteBuf out, Request.PlaceMember place) {
        writeNode(out, place.node());
        out.writeByte(place.role().code());
    }

    private static Request readPlaceMember(ByteBuf in) {
        return new Request.PlaceMember(readNode(in), MemberRole.ofCode(readU8(in, "role")));
    }

    // ---- what messages share

    private static void writeNode(ByteBuf out, String node) {
        writeString(out, node, Limits.ADDRESS_BYTES_MAX, "node");
    }

    private static String readNode(ByteBuf in) {
        return readString(in, Limits.ADDRESS_BYTES_MAX, "node");
    }

    private static void writeId(ByteBuf out, RequestId id) {
        out.writeLong(id.session().value());
        out.writeLong(id.sequence());
        out.writeLong(id.floor());
    }

    private static RequestId readId(ByteBuf in) {
        SessionId session = readSession(in);
        long sequence = readU63(in, "sequence");
        long floor = readU63(in, "floor");
        boolean none = session.isNone() && sequence == 0 && floor == 0;
        return none ? RequestId.NONE : new RequestId(session, sequence, floor);
    }

    private static void writeFences(ByteBuf out, List<Fence> fences) {
        writeCount(out, fences.size(), Limits.FENCES_PER_COMMAND_MAX, "fences");
        for (int i = 0; i < fences.size(); i++) {
            Fence fence = fences.get(i);
            writeLockName(out, fence.lock());
            out.writeLong(fence.token().value());
        }
    }

    /** Most requests show no token or one: neither takes a growing list. */
    private static List<Fence> readFences(ByteBuf in) {
        int count = readCount(in, Limits.FENCES_PER_COMMAND_MAX, FENCE_BYTES_MIN, "fences");
        if (count == 0) {
            return List.of();
        }
        if (count == 1) {
            return List.of(readFence(in));
        }
        List<Fence> fences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            fences.add(readFence(in));
        }
        return fences;
    }

    private static Fence readFence(ByteBuf in) {
        return new Fence(readLockName(in), readToken(in));
    }

    private static ReadMode readMode(ByteBuf in) {
        return ReadMode.ofCode(readU8(in, "mode"));
    }

    private static void writeWatch(ByteBuf out, Request.Watch watch) {
        writeKeyIfAny(out, watch.range().from());
        writeKeyIfAny(out, watch.range().to());
        writeU63(out, watch.fromRevision(), "fromRevision");
        writeBool(out, watch.puts());
        writeBool(out, watch.deletes());
        writeBool(out, watch.previous());
        writeBool(out, watch.keysOnly());
        writeU31(out, watch.progressMs(), "progressMs");
    }

    private static Request readWatch(ByteBuf in) {
        return new Request.Watch(
                new KeyRange(readKeyIfAny(in), readKeyIfAny(in)),
                readU63(in, "fromRevision"),
                readBool(in, "puts"),
                readBool(in, "deletes"),
                readBool(in, "previous"),
                readBool(in, "keysOnly"),
                readU31(in, "progressMs"));
    }

    private static void writeWatchLocks(ByteBuf out, Request.WatchLocks watch) {
        writeLockNames(out, watch.locks());
        writeBool(out, watch.queue());
        writeU63(out, watch.fromRevision(), "fromRevision");
        writeU31(out, watch.progressMs(), "progressMs");
    }

    private static Request readWatchLocks(ByteBuf in) {
        return new Request.WatchLocks(
                readLockNames(in),
                readBool(in, "queue"),
                readU63(in, "fromRevision"),
                readU31(in, "progressMs"));
    }

    private static void writeWatchRejections(ByteBuf out, Request.WatchRejections watch) {
        writeKeyIfAny(out, watch.range().from());
        writeKeyIfAny(out, watch.range().to());
        writeLockNames(out, watch.locks());
        writeBool(out, watch.enforcedOnly());
        writeU63(out, watch.fromRevision(), "fromRevision");
        writeU31(out, watch.progressMs(), "progressMs");
    }

    private static Request readWatchRejections(ByteBuf in) {
        return new Request.WatchRejections(
                new KeyRange(readKeyIfAny(in), readKeyIfAny(in)),
                readLockNames(in),
                readBool(in, "enforcedOnly"),
                readU63(in, "fromRevision"),
                readU31(in, "progressMs"));
    }

    private static void writeLockNames(ByteBuf out, LockNames locks) {
        writeString(out, locks.name(), Limits.LOCK_NAME_BYTES_MAX, "lock name");
        writeBool(out, locks.prefix());
    }

    private static LockNames readLockNames(ByteBuf in) {
        return new LockNames(
                readString(in, Limits.LOCK_NAME_BYTES_MAX, "lock name"), readBool(in, "prefix"));
    }

    private static void writeNonce(ByteBuf out, SessionNonce nonce) {
        out.writeLong(nonce.high());
        out.writeLong(nonce.low());
    }

    private static SessionNonce readNonce(ByteBuf in) {
        return new SessionNonce(readI64(in, "nonce"), readI64(in, "nonce"));
    }
}
