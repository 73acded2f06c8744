package dev.fencekv.server.resp;

import dev.fencekv.check.Check;
import dev.fencekv.kv.Limits;
import java.time.Duration;

/**
 * What a client may cost. Beyond these it is made to wait, refused, or closed.
 *
 * @param connectionsMax further ones are told so and closed
 * @param queuedMax commands of one connection that wait for their turn; then it is not read
 * @param queuedBytesMax bytes of these; then it is not read
 * @param heldBytesMax bytes that all connections together may have waiting or half sent; beyond
 *     that those with more than {@link #HELD_BYTES_SMALL} are closed
 * @param writeHighBytes unread replies of one connection; then its next command waits
 * @param lockSessionsMax connections that have taken locks: each has a session of its own
 * @param requestTimeout how long one command may take, retries included
 * @param commandWithin from the first byte of a command to its last
 * @param readWithin a client that leaves replies unread makes progress at least this often
 * @param idleMax a connection that says nothing for so long is closed
 * @param idleWithLocksMax the same for one that holds locks: it may be dead and not know it
 */
record RespLimits(
        int connectionsMax,
        int queuedMax,
        int queuedBytesMax,
        long heldBytesMax,
        int writeHighBytes,
        int lockSessionsMax,
        Duration requestTimeout,
        Duration commandWithin,
        Duration readWithin,
        Duration idleMax,
        Duration idleWithLocksMax) {
    /** The name and the arguments of one command. */
    static final int WORDS_MAX = 4096;

    /** A command that fits no frame of the native protocol cannot be executed either. */
    static final int COMMAND_BYTES_MAX = Limits.FRAME_BYTES_MAX;

    /** What Redis itself takes for the length of an argument; longer is no Redis client. */
    static final int ARGUMENT_BYTES_CREDIBLE_MAX = 512 * 1024 * 1024;

    /** An inline command, or the line before an array or an argument. */
    static final int LINE_BYTES_MAX = 8 * 1024;

    /** What a word takes beside its bytes. */
    static final int WORD_OVERHEAD_BYTES = 48;

    /** What nobody minds that a connection holds. */
    static final int HELD_BYTES_SMALL = 64 * 1024;

    private static final int MIB = 1024 * 1024;

    static final RespLimits DEFAULT =
            new RespLimits(
                    1024,
                    1024,
                    MIB,
                    128L * MIB,
                    MIB,
                    256,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofHours(1),
                    Duration.ofSeconds(60));

    RespLimits {
        Check.atLeast(1, connectionsMax, "connections");
        Check.atLeast(1, queuedMax, "queued commands");
        Check.argument(
                lockSessionsMax <= connectionsMax, "more sessions than connections mean nothing");
    }
}
