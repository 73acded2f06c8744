package dev.fencekv.bench.peers;

import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.jspecify.annotations.Nullable;

/** ZooKeeper through its own client's asynchronous calls; a connection is a session of its own. */
public final class ZooKeeperTarget implements Target {
    private static final String RECORDS = "/bench";
    private static final String LOCKS = "/bench-locks";
    private static final String LOCK_PREFIX = LOCKS + "/lock-";
    private static final int SESSION_MS = 10_000;
    private static final long CONNECTED_WITHIN_S = 10;

    private List<ZooKeeper> sessions = List.of();

    /** The lock's own node, and its version while nobody else holds it. */
    private String guard = "";

    private int guardVersion;

    @Override
    public void connect(List<String> endpoints, int connections) throws Exception {
        CountDownLatch connected = new CountDownLatch(connections);
        sessions = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            boolean[] counted = new boolean[1];
            sessions.add(
                    new ZooKeeper(
                            String.join(",", endpoints),
                            SESSION_MS,
                            event -> {
                                if (event.getState() == KeeperState.SyncConnected && !counted[0]) {
                                    counted[0] = true;
                                    connected.countDown();
                                }
                            }));
        }
        if (!connected.await(CONNECTED_WITHIN_S, TimeUnit.SECONDS)) {
            close();
            throw new IllegalStateException("ZooKeeper cannot be reached");
        }
        makeDirectory(RECORDS);
        makeDirectory(LOCKS);
    }

    private void makeDirectory(String path) throws KeeperException, InterruptedException {
        try {
            sessions.get(0).create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        } catch (KeeperException.NodeExistsException e) {
            // As it should be.
        }
    }

    @Override
    public boolean supports(Operation operation) {
        return operation != Operation.PUT_REJECTED;
    }

    @Override
    public void prepare(Operation operation) throws KeeperException, InterruptedException {
        if (operation == Operation.PUT_FENCED && guard.isEmpty()) {
            ZooKeeper session = sessions.get(0);
            guard =
                    session.create(
                            LOCK_PREFIX,
                            new byte[0],
                            Ids.OPEN_ACL_UNSAFE,
                            CreateMode.EPHEMERAL_SEQUENTIAL);
            guardVersion = session.exists(guard, false).getVersion();
        }
    }

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        sessions.get(connection)
                .create(
                        path(key),
                        value,
                        Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT,
                        (code, path, context, name) ->
                                completion.completed(
                                        code == Code.NODEEXISTS.intValue() ? null : failure(code)),
                        null);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        ZooKeeper session = sessions.get(connection);
        switch (operation) {
            case PUT ->
                    session.setData(
                            path(key),
                            value,
                            -1,
                            (code, path, context, stat) -> completion.completed(failure(code)),
                            null);
            case PUT_FENCED ->
                    session.multi(
                            List.of(
                                    Op.check(guard, guardVersion),
                                    Op.setData(path(key), value, -1)),
                            (code, path, context, results) -> completion.completed(failure(code)),
                            null);
            case GET_LINEARIZABLE -> {
                // The server answers a session's requests in order, so both are sent at once.
                session.sync(path(key), (code, path, context) -> {}, null);
                get(session, key, completion);
            }
            case GET_STALE -> get(session, key, completion);
            case LOCK_CYCLE -> lock(session, completion);
            case PUT_REJECTED -> throw new UnsupportedOperationException();
        }
    }

    private static void get(ZooKeeper session, byte[] key, Completion completion) {
        session.getData(
                path(key),
                false,
                (code, path, context, data, stat) -> completion.completed(failure(code)),
                null);
    }

    /** The documented recipe: create a sequential node, be the first of all, delete it. */
    private static void lock(ZooKeeper session, Completion completion) {
        session.create(
                LOCK_PREFIX,
                new byte[0],
                Ids.OPEN_ACL_UNSAFE,
                CreateMode.EPHEMERAL_SEQUENTIAL,
                (code, path, context, mine) -> {
                    if (code == 0) {
                        checkFirst(session, mine, completion);
                    } else {
                        completion.completed(failure(code));
                    }
                },
                null);
    }

    private static void checkFirst(ZooKeeper session, String mine, Completion completion) {
        session.getChildren(
                LOCKS,
                false,
                (code, path, context, children) -> {
                    if (code != 0) {
                        completion.completed(failure(code));
                    } else if (!mine.endsWith(Collections.min(children))) {
                        completion.completed(new IllegalStateException("LOCK_BUSY"));
                    } else {
                        session.delete(
                                mine,
                                -1,
                                (deleted, same, none) -> completion.completed(failure(deleted)),
                                null);
                    }
                },
                null);
    }

    private static String path(byte[] key) {
        return RECORDS + "/" + new String(key, StandardCharsets.US_ASCII);
    }

    private static @Nullable Throwable failure(int code) {
        return code == 0 ? null : KeeperException.create(Code.get(code));
    }

    @Override
    public String statusOf(Throwable failure) {
        return failure instanceof KeeperException refusal
                ? refusal.code().name()
                : String.valueOf(failure.getMessage());
    }

    @Override
    public void close() throws InterruptedException {
        for (ZooKeeper session : sessions) {
            session.close();
        }
        guard = "";
    }
}
