package dev.fencekv.cli;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.ClusterId;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.RangeRow;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.kv.Versioned;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.ReplyCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Does what runs of kvcli do, so that the JVM can write an archive of the classes at its end (class
 * data sharing). Talks to a peer of its own in the same process; needs no cluster. What it prints
 * is of no interest.
 */
final class Rehearsal {
    private static final String PACKAGES = "dev/fencekv/";
    private static final long SESSION_TTL_MS = 5000;

    /** What is run most, and by scripts, many times. */
    private static final List<String> LINES =
            List.of(
                    "--help",
                    "get --help",
                    "get a",
                    "get a -o json",
                    "get a --stale -o raw",
                    "get a b",
                    "put a 1",
                    "put a 1 --ttl 30s --prev -o json",
                    "put a 1 --if-absent --fence billing:33",
                    "list a",
                    "list a -o json",
                    "delete a",
                    "incr a",
                    "append a 1",
                    "ttl a",
                    "expire a 30s",
                    "lock list",
                    "status",
                    "nonsense");

    private static final Versioned RECORD =
            new Versioned(
                    Value.of("1"),
                    1,
                    1,
                    1,
                    HybridTimestamp.ZERO,
                    FencingToken.NONE,
                    SessionId.NONE,
                    SessionId.NONE,
                    0);

    private Rehearsal() {}

    /** Takes no arguments; fails loudly, for whoever makes the archive does without it then. */
    public static void main(String[] unused) throws Exception {
        StartUp.prepare();
        loadOwnClasses();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread peer = new Thread(() -> serve(server), "rehearsal-peer");
            peer.setDaemon(true);
            peer.start();
            String endpoint = "127.0.0.1:" + server.getLocalPort();
            for (String line : LINES) {
                run(endpoint + " " + line);
            }
        }
    }

    private static void run(String line) {
        new KvCli(Streams.ofProcess()).execute(("--endpoints " + line).split(" "));
    }

    /** Of the jar that this class is in; libraries are loaded as far as the verbs need them. */
    private static void loadOwnClasses() throws IOException, URISyntaxException {
        Path jar =
                Path.of(
                        Rehearsal.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        try (JarFile entries = new JarFile(jar.toFile())) {
            entries.stream()
                    .map(JarEntry::getName)
                    .filter(name -> name.startsWith(PACKAGES) && name.endsWith(".class"))
                    .filter(name -> !name.endsWith("package-info.class"))
                    .forEach(Rehearsal::load);
        }
    }

    private static void load(String entry) {
        String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
        try {
            Class.forName(name, false, Rehearsal.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            // It needs a library that is not there; then nobody else loads it either.
        }
    }

    // --- a peer that says yes ------------------------------------------------------------------

    private static void serve(ServerSocket server) {
        while (true) {
            try (Socket socket = server.accept()) {
                answerAll(new DataInputStream(socket.getInputStream()), socket.getOutputStream());
            } catch (IOException e) {
                if (server.isClosed()) {
                    return;
                }
            }
        }
    }

    private static void answerAll(DataInputStream in, OutputStream out) throws IOException {
        while (true) {
            byte[] frame = in.readNBytes(in.readInt());
            ByteBuf fields = Unpooled.wrappedBuffer(frame);
            fields.skipBytes(1); // version
            Opcode opcode = Opcode.ofCode(fields.readUnsignedByte());
            fields.skipBytes(2); // flags
            ByteBuf reply = Unpooled.buffer();
            ReplyCodec.encode(reply(opcode), fields.readLong(), false, reply);
            reply.readBytes(out, reply.readableBytes());
            out.flush();
        }
    }

    private static Reply reply(Opcode opcode) {
        Reply.Body body =
                switch (opcode) {
                    case HELLO -> new Reply.Hello(1, 0, new ClusterId(1, 1), 1, "");
                    case OPEN_SESSION -> new Reply.SessionOpened(new SessionId(1), SESSION_TTL_MS);
                    case GET -> new Reply.Found(RECORD, 0);
                    case GET_MANY ->
                            new Reply.Records(0, List.of(Optional.of(RECORD), Optional.empty()));
                    case RANGE ->
                            new Reply.Range(
                                    1,
                                    0,
                                    List.of(new RangeRow(Key.of("a"), Optional.of(RECORD))),
                                    false);
                    case INCREMENT, APPEND -> new Reply.Number(1);
                    case TTL -> new Reply.Ttl(1);
                    case LIST_LOCKS -> new Reply.Locks(List.of(), false);
                    default -> Reply.NOTHING;
                };
        return new Reply(opcode, Status.OK, 1, HybridTimestamp.ZERO, body);
    }
}
