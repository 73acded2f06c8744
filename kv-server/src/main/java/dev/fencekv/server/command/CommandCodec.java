package dev.fencekv.server.command;

import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.Fence;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.ResourceName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.SessionNonce;
import dev.fencekv.kv.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of one command: kind (1), request id (session 8; with a session also sequence 8 and
 * floor 8), then the fields of its kind in the order of its record. Stateless.
 */
public final class CommandCodec {
    private CommandCodec() {}

    public static void encode(Command command, BytesOut out) {
        out.putByte(command.kind().code());
        RequestId id = command.id();
        out.putLong(id.session().value());
        if (!id.isNone()) {
            out.putLong(id.sequence());
            out.putLong(id.floor());
        }
        encodeFields(command, out);
    }

    /** To be called within {@link BytesIn#decoding}. */
    static Command decode(BytesIn in) {
        Command.Kind kind = Command.Kind.ofCode(in.getByte());
        SessionId session = new SessionId(in.getLong());
        RequestId id =
                session.isNone()
                        ? RequestId.NONE
                        : new RequestId(session, in.getLong(), in.getLong());
        return decodeFields(kind, id, in);
    }

    /** All but the request id: what tells one command from another under the same number. */
    public static void encodeFields(Command command, BytesOut out) {
        switch (command.kind()) {
            case PUT -> encodePut((Command.Put) command, out);
            case DELETE -> encodeDelete((Command.Delete) command, out);
            case OPEN_SESSION -> encodeOpenSession((Command.OpenSession) command, out);
            case CLOSE_SESSION -> {}
            case ACQUIRE -> encodeAcquire((Command.Acquire) command, out);
            case RELEASE -> {
                Command.Release release = (Command.Release) command;
                out.putText(release.lock().value());
                out.putLong(release.token().value());
            }
            case CANCEL_WAIT -> {
                Command.CancelWait cancel = (Command.CancelWait) command;
                out.putText(cancel.lock().value());
                out.putLong(cancel.owner());
            }
            case REVOKE -> {
                Command.Revoke revoke = (Command.Revoke) command;
                out.putText(revoke.lock().value());
                out.putLong(revoke.token().value());
            }
            case SET_GUARD -> {
                Command.SetGuard set = (Command.SetGuard) command;
                encodeGuard(set.guard(), out);
                out.putBoolean(set.force());
            }
            case REMOVE_GUARD -> putKey(((Command.RemoveGuard) command).prefix(), out);
            case ADMIT -> {
                Command.Admit admit = (Command.Admit) command;
                out.putText(admit.resource().value());
                out.putText(admit.lock().value());
                out.putLong(admit.token().value());
            }
            case ACQUIRE_SHARED -> {
                Command.AcquireShared acquire = (Command.AcquireShared) command;
                out.putText(acquire.lock().value());
                out.putLong(acquire.owner());
                out.putLong(acquire.waitMs());
                out.putInt(acquire.permits());
            }
            case RECLAIM -> {
                Command.Reclaim reclaim = (Command.Reclaim) command;
                out.putText(reclaim.lock().value());
                out.putLong(reclaim.owner());
                out.putLong(reclaim.lockDelayMs());
                out.putLong(reclaim.token().value());
            }
            case REMOVE_GATE -> out.putText(((Command.RemoveGate) command).resource().value());
            case CHANGE_SETTING -> {
                Command.ChangeSetting change = (Command.ChangeSetting) command;
                out.putShort(change.setting().code());
                out.putLong(change.value());
            }
            case TICK -> encodeTick((Command.Tick) command, out);
            case RAISE_LEVEL -> out.putInt(((Command.RaiseLevel) command).level());
            case FORM_CLUSTER -> encodeFormCluster((Command.FormCluster) command, out);
            case BIND_MEMBER -> encodeMember(((Command.BindMember) command).member(), out);
            case INCREMENT -> {
                Command.Increment increment = (Command.Increment) command;
                putFences(increment.fences(), out);
                putKey(increment.key(), out);
                out.putLong(increment.delta());
            }
            case APPEND -> {
                Command.Append append = (Command.Append) command;
                putFences(append.fences(), out);
                putKey(append.key(), out);
                putValue(append.value(), out);
            }
            case TRANSACT -> {
                Command.Transact transact = (Command.Transact) command;
                putFences(transact.fences(), out);
                TransactionCodec.encode(transact.transaction(), out);
            }
            case PLACE_MEMBER -> {
                Command.PlaceMember place = (Command.PlaceMember) command;
                encodeMember(place.member(), out);
                out.putByte(place.role().code());
            }
            case FORGET_MEMBER -> encodeMember(((Command.ForgetMember) command).member(), out);
        }
    }

    private static Command decodeFields(Command.Kind kind, RequestId id, BytesIn in) {
        return switch (kind) {
            case PUT ->
                    new Command.Put(
                            id,
                            getFences(in),
                            getKey(in),
                            getValue(in),
                            in.getLong(),
                            in.getBoolean());
            case DELETE -> new Command.Delete(id, getFences(in), getKey(in), in.getLong());
            case OPEN_SESSION ->
                    new Command.OpenSession(
                            new SessionNonce(in.getLong(), in.getLong()),
                            in.getLong(),
                            new SessionLabel(in.getText()));
            case CLOSE_SESSION -> new Command.CloseSession(id);
            case ACQUIRE ->
                    new Command.Acquire(
                            id,
                            new LockName(in.getText()),
                            in.getLong(),
                            in.getLong(),
                            in.getLong());
            case RELEASE ->
                    new Command.Release(
                            id, new LockName(in.getText()), new FencingToken(in.getLong()));
            case CANCEL_WAIT ->
                    new Command.CancelWait(id, new LockName(in.getText()), in.getLong());
            case REVOKE ->
                    new Command.Revoke(
                            id, new LockName(in.getText()), new FencingToken(in.getLong()));
            case SET_GUARD -> new Command.SetGuard(id, decodeGuard(in), in.getBoolean());
            case REMOVE_GUARD -> new Command.RemoveGuard(id, getKey(in));
            case ADMIT ->
                    new Command.Admit(
                            id,
                            new ResourceName(in.getText()),
                            new LockName(in.getText()),
                            new FencingToken(in.getLong()));
            case ACQUIRE_SHARED ->
                    new Command.AcquireShared(
                            id,
                            new LockName(in.getText()),
                            in.getLong(),
                            in.getLong(),
                            in.getInt());
            case RECLAIM ->
                    new Command.Reclaim(
                            id,
                            new LockName(in.getText()),
                            in.getLong(),
                            in.getLong(),
                            new FencingToken(in.getLong()));
            case REMOVE_GATE -> new Command.RemoveGate(id, new ResourceName(in.getText()));
            case CHANGE_SETTING ->
                    new Command.ChangeSetting(id, Setting.ofCode(in.getShort()), in.getLong());
            case TICK -> decodeTick(in);
            case RAISE_LEVEL -> new Command.RaiseLevel(in.getInt());
            case FORM_CLUSTER -> decodeFormCluster(in);
            case BIND_MEMBER -> new Command.BindMember(decodeMember(in));
            case PLACE_MEMBER ->
                    new Command.PlaceMember(
                            decodeMember(in), in.getCode("member role", MemberRole::ofCode));
            case FORGET_MEMBER -> new Command.ForgetMember(decodeMember(in));
            case INCREMENT -> new Command.Increment(id, getFences(in), getKey(in), in.getLong());
            case TRANSACT -> new Command.Transact(id, getFences(in), TransactionCodec.decode(in));
            case APPEND -> new Command.Append(id, getFences(in), getKey(in), getValue(in));
        };
    }

    private static void encodePut(Command.Put put, BytesOut out) {
        putFences(put.fences(), out);
        putKey(put.key(), out);
        putValue(put.value(), out);
        out.putLong(put.ifRevision());
        out.putBoolean(put.ephemeral());
    }

    private static void encodeDelete(Command.Delete delete, BytesOut out) {
        putFences(delete.fences(), out);
        putKey(delete.key(), out);
        out.putLong(delete.ifRevision());
    }

    private static void encodeOpenSession(Command.OpenSession open, BytesOut out) {
        out.putLong(open.nonce().high());
        out.putLong(open.nonce().low());
        out.putLong(open.ttlMs());
        out.putText(open.label().value());
    }

    private static void encodeAcquire(Command.Acquire acquire, BytesOut out) {
        out.putText(acquire.lock().value());
        out.putLong(acquire.owner());
        out.putLong(acquire.waitMs());
        out.putLong(acquire.lockDelayMs());
    }

    private static void encodeTick(Command.Tick tick, BytesOut out) {
        out.putLong(tick.elapsedMs());
        out.putShort(tick.renewals().size());
        for (SessionId session : tick.renewals()) {
            out.putLong(session.value());
        }
    }

    private static Command.Tick decodeTick(BytesIn in) {
        long elapsedMs = in.getLong();
        int count = in.getShort();
        in.need(count * Long.BYTES);
        List<SessionId> renewals = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            renewals.add(new SessionId(in.getLong()));
        }
        return new Command.Tick(elapsedMs, renewals);
    }

    private static void encodeFormCluster(Command.FormCluster form, BytesOut out) {
        out.putLong(form.cluster().high());
        out.putLong(form.cluster().low());
        out.putByte(form.members().size());
        for (Member member : form.members()) {
            encodeMember(member, out);
        }
        out.putLong(form.hashSeed());
    }

    private static Command.FormCluster decodeFormCluster(BytesIn in) {
        ClusterId cluster = new ClusterId(in.getLong(), in.getLong());
        int count = in.getByte();
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(decodeMember(in));
        }
        return new Command.FormCluster(cluster, members, in.getLong());
    }

    public static void encodeMember(Member member, BytesOut out) {
        out.putLong(member.nodeId());
        out.putText(member.peerAddress());
        out.putText(member.clientAddress());
    }

    public static Member decodeMember(BytesIn in) {
        return new Member(in.getLong(), in.getText(), in.getText());
    }

    public static void encodeGuard(Guard guard, BytesOut out) {
        putKey(guard.prefix(), out);
        out.putText(guard.lock().value());
        out.putByte(guard.rule().code());
        out.putByte(guard.mode().code());
    }

    public static Guard decodeGuard(BytesIn in) {
        return new Guard(
                getKey(in),
                new LockName(in.getText()),
                in.getCode("guard rule", GuardRule::ofCode),
                in.getCode("guard mode", GuardMode::ofCode));
    }

    /** Two bytes of length, then the key's bytes. */
    public static void putKey(Key key, BytesOut out) {
        out.putShort(key.length());
        key.writeTo(out.reserve(key.length()));
    }

    public static Key getKey(BytesIn in) {
        int length = in.getShort();
        return Key.readFrom(in.need(length), length);
    }

    /** Four bytes of length, then the value's bytes. */
    static void putValue(Value value, BytesOut out) {
        out.putInt(value.length());
        value.writeTo(out.reserve(value.length()));
    }

    static Value getValue(BytesIn in) {
        int length = in.getInt();
        return Value.readFrom(in.need(length), length);
    }

    private static void putFences(List<Fence> fences, BytesOut out) {
        out.putByte(fences.size());
        for (Fence fence : fences) {
            out.putText(fence.lock().value());
            out.putLong(fence.token().value());
        }
    }

    private static List<Fence> getFences(BytesIn in) {
        int count = in.getByte();
        if (count == 0) {
            return List.of();
        }
        List<Fence> fences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            fences.add(new Fence(new LockName(in.getText()), new FencingToken(in.getLong())));
        }
        return fences;
    }
}
