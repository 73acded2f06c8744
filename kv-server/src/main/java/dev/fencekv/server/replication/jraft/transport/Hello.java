package dev.fencekv.server.replication.jraft.transport;

import dev.fencekv.kv.ClusterId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;

/**
 * The HELLO frame: [magic 4][protocol version 2][cluster id 16][node id 8][feature level 4][purpose
 * 1][length 2][address][length 2][client address][members index 8][joins 1]. A later version may
 * append fields; a reader ignores what it does not know.
 */
record Hello(PeerHello peer, Purpose purpose) {
    /** "FKVP" */
    private static final int MAGIC = 0x464B5650;

    private static final int PROTOCOL_VERSION = 1;

    ByteBuf encode(ByteBufAllocator allocator) {
        ByteBuf frame = allocator.buffer(128);
        frame.writeInt(0).writeByte(FrameKind.HELLO.code());
        frame.writeInt(MAGIC).writeShort(PROTOCOL_VERSION);
        frame.writeLong(peer.cluster().high()).writeLong(peer.cluster().low());
        frame.writeLong(peer.nodeId()).writeInt(peer.featureLevel()).writeByte(purpose.code());
        Frames.writeText(frame, peer.address());
        Frames.writeText(frame, peer.clientAddress());
        frame.writeLong(peer.membersIndex()).writeBoolean(peer.joins());
        return Frames.seal(frame);
    }

    /**
     * Borrows what follows the kind byte.
     *
     * @throws CorruptedFrameException if this is no HELLO of ours; the message may be shown to the
     *     peer
     */
    static Hello decode(ByteBuf body) {
        try {
            if (body.readInt() != MAGIC) {
                throw new CorruptedFrameException("this is the peer port of FenceKV");
            }
            int version = body.readUnsignedShort();
            if (version != PROTOCOL_VERSION) {
                throw new CorruptedFrameException(
                        "peer protocol "
                                + version
                                + " is not spoken here, "
                                + PROTOCOL_VERSION
                                + " is");
            }
            ClusterId cluster = new ClusterId(body.readLong(), body.readLong());
            long nodeId = body.readLong();
            int featureLevel = body.readInt();
            Purpose purpose = Purpose.of(body.readUnsignedByte());
            if (purpose == null) {
                throw new CorruptedFrameException("a connection for an unknown purpose");
            }
            return new Hello(
                    new PeerHello(
                            cluster,
                            nodeId,
                            Frames.readText(body),
                            Frames.readText(body),
                            featureLevel,
                            body.readLong(),
                            body.readBoolean()),
                    purpose);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new CorruptedFrameException("malformed HELLO");
        }
    }
}
