package dev.fencekv.server.replication.jraft.transport;

import com.alipay.sofa.jraft.rpc.RpcRequests;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.fencekv.check.Check;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of messages that may cross the peer port. Numbers never change and are never used
 * again. 1–999 belong to the engine, 1000–1999 are kept for messages of our own on the LOG
 * connection (clock samples, rhythms, settings).
 *
 * <p>The engine's CLI messages are not here: membership changes go through our own admin port, and
 * what is not in the table cannot be asked for.
 */
enum MessageType {
    ERROR_RESPONSE(1, Purpose.LOG, RpcRequests.ErrorResponse.getDefaultInstance()),
    PING_REQUEST(2, Purpose.LOG, RpcRequests.PingRequest.getDefaultInstance()),
    REQUEST_VOTE_REQUEST(10, Purpose.LOG, RpcRequests.RequestVoteRequest.getDefaultInstance()),
    REQUEST_VOTE_RESPONSE(11, Purpose.LOG, RpcRequests.RequestVoteResponse.getDefaultInstance()),
    APPEND_ENTRIES_REQUEST(12, Purpose.LOG, RpcRequests.AppendEntriesRequest.getDefaultInstance()),
    APPEND_ENTRIES_RESPONSE(
            13, Purpose.LOG, RpcRequests.AppendEntriesResponse.getDefaultInstance()),
    TIMEOUT_NOW_REQUEST(14, Purpose.LOG, RpcRequests.TimeoutNowRequest.getDefaultInstance()),
    TIMEOUT_NOW_RESPONSE(15, Purpose.LOG, RpcRequests.TimeoutNowResponse.getDefaultInstance()),
    READ_INDEX_REQUEST(16, Purpose.LOG, RpcRequests.ReadIndexRequest.getDefaultInstance()),
    READ_INDEX_RESPONSE(17, Purpose.LOG, RpcRequests.ReadIndexResponse.getDefaultInstance()),
    INSTALL_SNAPSHOT_REQUEST(
            30, Purpose.BULK, RpcRequests.InstallSnapshotRequest.getDefaultInstance()),
    INSTALL_SNAPSHOT_RESPONSE(
            31, Purpose.BULK, RpcRequests.InstallSnapshotResponse.getDefaultInstance()),
    GET_FILE_REQUEST(32, Purpose.BULK, RpcRequests.GetFileRequest.getDefaultInstance()),
    GET_FILE_RESPONSE(33, Purpose.BULK, RpcRequests.GetFileResponse.getDefaultInstance());

    private static final MessageType[] BY_NUMBER = new MessageType[64];
    private static final Map<Class<?>, MessageType> BY_CLASS = new HashMap<>();

    static {
        for (MessageType type : values()) {
            Check.invariant(BY_NUMBER[type.number] == null, "one number, one message");
            BY_NUMBER[type.number] = type;
            BY_CLASS.put(type.prototype.getClass(), type);
        }
    }

    private final int number;
    private final Purpose purpose;
    private final Message prototype;

    MessageType(int number, Purpose purpose, Message prototype) {
        this.number = number;
        this.purpose = purpose;
        this.prototype = prototype;
    }

    static @Nullable MessageType of(int number) {
        return number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    static @Nullable MessageType of(Object message) {
        return BY_CLASS.get(message.getClass());
    }

    int number() {
        return number;
    }

    /** Which connection a request of this type travels on; its response comes back on the same. */
    Purpose purpose() {
        return purpose;
    }

    String className() {
        return prototype.getClass().getName();
    }

    /** Borrows {@code body}, all of whose readable bytes must be one message. */
    Message parse(ByteBuf body) throws InvalidProtocolBufferException {
        CodedInputStream in = CodedInputStream.newInstance(body.nioBuffer());
        Message message = prototype.getParserForType().parseFrom(in);
        in.checkLastTagWas(0);
        return message;
    }

    /** Borrows {@code to}; writes exactly {@code bytes}, the message's serialized size. */
    static void write(Message message, int bytes, ByteBuf to) throws IOException {
        to.ensureWritable(bytes);
        CodedOutputStream out =
                CodedOutputStream.newInstance(to.nioBuffer(to.writerIndex(), bytes));
        message.writeTo(out);
        out.flush();
        out.checkNoSpaceLeft();
        to.writerIndex(to.writerIndex() + bytes);
    }
}
