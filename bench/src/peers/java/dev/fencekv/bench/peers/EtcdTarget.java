package dev.fencekv.bench.peers;

import dev.fencekv.bench.load.Operation;
import dev.fencekv.bench.load.Target;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** etcd through jetcd; a connection is a Client of its own. */
public final class EtcdTarget implements Target {
    private static final ByteSequence LOCK = bytes("bench-lock");
    private static final ByteSequence GUARD = bytes("bench-guard");
    private static final GetOption STALE = GetOption.builder().withSerializable(true).build();
    private static final long LEASE_SECONDS = 600;

    private List<Client> clients = List.of();
    private List<KV> kv = List.of();

    /** What locks and guards live by; 0 until one is needed. */
    private long lease;

    /** Holds exactly as long as nobody has taken the lock since: fencing as etcd's users do it. */
    private @Nullable Cmp held;

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    @Override
    public void connect(List<String> endpoints, int connections) {
        String[] urls = endpoints.stream().map(each -> "http://" + each).toArray(String[]::new);
        clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(Client.builder().endpoints(urls).build());
        }
        kv = clients.stream().map(Client::getKVClient).toList();
    }

    @Override
    public boolean supports(Operation operation) {
        return operation != Operation.PUT_REJECTED;
    }

    @Override
    public void prepare(Operation operation) throws InterruptedException, ExecutionException {
        boolean locks = operation == Operation.LOCK_CYCLE || operation == Operation.PUT_FENCED;
        if (locks && lease == 0) {
            lease = clients.get(0).getLeaseClient().grant(LEASE_SECONDS).get().getID();
        }
        if (operation == Operation.PUT_FENCED && held == null) {
            ByteSequence key = clients.get(0).getLockClient().lock(GUARD, lease).get().getKey();
            long revision = kv.get(0).get(key).get().getKvs().get(0).getModRevision();
            held = new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
        }
    }

    @Override
    public void load(int connection, byte[] key, byte[] value, Completion completion) {
        finish(put(connection, key, value), completion);
    }

    @Override
    public void start(
            Operation operation, int connection, byte[] key, byte[] value, Completion completion) {
        finish(
                switch (operation) {
                    case PUT -> put(connection, key, value);
                    case PUT_FENCED -> fencedPut(connection, key, value);
                    case GET_LINEARIZABLE -> get(connection, key, GetOption.DEFAULT);
                    case GET_STALE -> get(connection, key, STALE);
                    case LOCK_CYCLE -> lockCycle(connection);
                    case PUT_REJECTED -> throw new UnsupportedOperationException();
                },
                completion);
    }

    private CompletableFuture<?> put(int connection, byte[] key, byte[] value) {
        return kv.get(connection).put(ByteSequence.from(key), ByteSequence.from(value));
    }

    private CompletableFuture<?> fencedPut(int connection, byte[] key, byte[] value) {
        return kv.get(connection)
                .txn()
                .If(held)
                .Then(Op.put(ByteSequence.from(key), ByteSequence.from(value), PutOption.DEFAULT))
                .commit()
                .thenAccept(answer -> expect(answer.isSucceeded(), "FENCED"));
    }

    private CompletableFuture<?> get(int connection, byte[] key, GetOption option) {
        return kv.get(connection)
                .get(ByteSequence.from(key), option)
                .thenAccept(answer -> expect(answer.getCount() == 1, "NOT_FOUND"));
    }

    private CompletableFuture<?> lockCycle(int connection) {
        var locks = clients.get(connection).getLockClient();
        return locks.lock(LOCK, lease).thenCompose(answer -> locks.unlock(answer.getKey()));
    }

    static void expect(boolean met, String otherwise) {
        if (!met) {
            throw new IllegalStateException(otherwise);
        }
    }

    private static void finish(CompletableFuture<?> result, Completion completion) {
        result.whenComplete((answer, failure) -> completion.completed(failure));
    }

    @Override
    public String statusOf(Throwable failure) {
        return Status.fromThrowable(failure).getCode().name();
    }

    @Override
    public void close() {
        clients.forEach(Client::close);
    }
}
