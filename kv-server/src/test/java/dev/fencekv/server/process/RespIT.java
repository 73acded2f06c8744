package dev.fencekv.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockInfo;
import dev.fencekv.kv.LockName;
import io.lettuce.core.GetExArgs;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.GetExParams;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Programs made for Redis, against three real nodes; they know of one of them, a follower. */
@Timeout(240)
class RespIT {
    private static final String REDIS_CLI = "redis-cli";

    @RegisterExtension final Processes processes = new Processes();

    private ProcessCluster cluster;
    private HostAndPort follower;

    @BeforeEach
    void startCluster() {
        cluster = ProcessCluster.start(processes);
        follower = HostAndPort.from(cluster.respAddress(cluster.follower()));
    }

    private Jedis jedis() {
        return jedis(patient());
    }

    private Jedis jedisOfResp3() {
        return jedis(patient().resp3().clientName("three"));
    }

    private Jedis jedis(DefaultJedisClientConfig.Builder config) {
        return processes.closing(new Jedis(follower, config.build()));
    }

    /** Its own two seconds are short on a machine that is busy with other work. */
    private static DefaultJedisClientConfig.Builder patient() {
        return DefaultJedisClientConfig.builder()
                .socketTimeoutMillis((int) JavaProcess.PATIENCE.toMillis());
    }

    private static ProtocolCommand command(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return () -> bytes;
    }

    private static Object ask(Jedis jedis, String name, String... words) {
        return jedis.sendCommand(command(name), words);
    }

    private static String text(Object bulk) {
        return new String((byte[]) bulk, StandardCharsets.UTF_8);
    }

    @Test
    void clientsOfRedisDoTheirWorkThroughAFollower() {
        stringsAsInRedis(jedis());
        stringsAsInRedis(jedisOfResp3());
        whatIsWrittenHereIsSeenByOurOwnClient();
        pipelinesAreAnsweredAndAppliedInOrder();
        lettuceToo();
    }

    private void stringsAsInRedis(Jedis jedis) {
        assertThat(jedis.ping()).isEqualTo("PONG");
        jedis.del("k");
        assertThat(jedis.get("k")).isNull();
        assertThat(jedis.set("k", "v")).isEqualTo("OK");
        assertThat(jedis.get("k")).isEqualTo("v");
        assertThat(jedis.exists("k")).isTrue();
        assertThat(jedis.type("k")).isEqualTo("string");
        assertThat(jedis.strlen("k")).isEqualTo(1);

        assertThat(jedis.set("k", "w", SetParams.setParams().nx())).isNull();
        assertThat(jedis.set("k", "w", SetParams.setParams().xx())).isEqualTo("OK");
        assertThat(jedis.setGet("k", "x")).isEqualTo("w");
        assertThat(ask(jedis, "SETNX", "k", "y")).isEqualTo(0L);
        assertThat(jedis.getDel("k")).isEqualTo("x");
        assertThat(jedis.set("k", "y", SetParams.setParams().xx())).isNull();
        assertThat(jedis.exists("k")).isFalse();
        assertThat(jedis.set("k", "y", SetParams.setParams().nx())).isEqualTo("OK");

        jedis.del("n");
        assertThat(jedis.incr("n")).isEqualTo(1);
        assertThat(jedis.incrBy("n", 41)).isEqualTo(42);
        assertThat(jedis.decrBy("n", 2)).isEqualTo(40);
        assertThat(jedis.append("n", "0")).isEqualTo(3);
        assertThat(jedis.decr("n")).isEqualTo(399);
        assertThatThrownBy(() -> jedis.incr("k"))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("ERR value is not an integer or out of range");
        assertThatThrownBy(() -> jedis.lpush("k", "v"))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("values are strings here");
        manyKeysAtOnce(jedis);
        keysEndByThemselves(jedis);
        assertThat(jedis.info()).contains("role:master");
        assertThat(jedis.del("k")).isEqualTo(1);
        assertThat(jedis.del("k")).isZero();
    }

    private static void manyKeysAtOnce(Jedis jedis) {
        assertThat(jedis.mset("m1", "1", "m2", "2", "m1", "3")).isEqualTo("OK");
        assertThat(jedis.get("m1")).isEqualTo("3");
        assertThat(jedis.msetnx("m2", "9", "m3", "9")).isZero();
        assertThat(jedis.get("m2")).isEqualTo("2");
        assertThat(jedis.exists("m3")).isFalse();
        assertThat(jedis.del("m1", "m2", "m3", "m1")).isEqualTo(2);
        assertThat(jedis.msetnx("m2", "9", "m3", "9")).isEqualTo(1);
        assertThat(jedis.mget("m2", "m1", "m3")).containsExactly("9", null, "9");
        assertThat(jedis.exists("m2", "m1", "m3", "m3")).isEqualTo(3);
        assertThat(jedis.unlink("m2", "m3")).isEqualTo(2);
        long before = jedis.dbSize();
        for (int i = 0; i < 25; i++) {
            jedis.mset("scan:" + i, "x", "other:" + i, "x");
        }
        assertThat(jedis.dbSize()).isEqualTo(before + 50);
        assertThat(scanned(jedis, "scan:*")).hasSize(25).doesNotHaveDuplicates();
        assertThat(scanned(jedis, "*:1?")).hasSize(20).doesNotHaveDuplicates();
        assertThatThrownBy(() -> jedis.scan("12345"))
                .hasMessageContaining("this cursor is not, or no longer, known");
        for (int i = 0; i < 25; i++) {
            jedis.del("scan:" + i, "other:" + i);
        }
    }

    private static List<String> scanned(Jedis jedis, String pattern) {
        List<String> found = new ArrayList<>();
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> page = jedis.scan(cursor, new ScanParams().match(pattern).count(7));
            found.addAll(page.getResult());
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        return found;
    }

    private static void keysEndByThemselves(Jedis jedis) {
        jedis.del("e");
        assertThat(jedis.ttl("e")).isEqualTo(-2);
        assertThat(jedis.expire("e", 100)).isZero();
        jedis.set("e", "1");
        assertThat(jedis.ttl("e")).isEqualTo(-1);
        assertThat(jedis.persist("e")).isZero();
        assertThat(jedis.expire("e", 1000)).isEqualTo(1);
        assertThat(jedis.ttl("e")).isBetween(900L, 1001L);
        assertThat(jedis.incr("e")).isEqualTo(2);
        assertThat(jedis.pttl("e")).isBetween(900_000L, 1_001_000L);
        assertThat(jedis.persist("e")).isEqualTo(1);
        assertThat(jedis.ttl("e")).isEqualTo(-1);
        assertThat(jedis.expire("e", -1)).isEqualTo(1);
        assertThat(jedis.exists("e")).isFalse();

        assertThat(jedis.set("e", "1", SetParams.setParams().nx().px(300))).isEqualTo("OK");
        await().atMost(JavaProcess.PATIENCE).until(() -> !jedis.exists("e"));
        assertThat(text(ask(jedis, "SETEX", "e", "1000", "2"))).isEqualTo("OK");
        assertThat(jedis.set("e", "3", SetParams.setParams().xx().ex(500))).isEqualTo("OK");
        assertThat(jedis.ttl("e")).isBetween(400L, 501L);
        assertThat(jedis.getEx("e", GetExParams.getExParams().ex(100))).isEqualTo("3");
        assertThat(jedis.ttl("e")).isBetween(90L, 101L);
        assertThat(jedis.getEx("e", GetExParams.getExParams().persist())).isEqualTo("3");
        assertThat(jedis.ttl("e")).isEqualTo(-1);
        assertThat(jedis.expire("e", 500)).isEqualTo(1);
        assertThat(jedis.set("e", "4")).isEqualTo("OK");
        assertThat(jedis.ttl("e")).isEqualTo(-1);
    }

    private void whatIsWrittenHereIsSeenByOurOwnClient() {
        KvClient client = cluster.client("own");
        Jedis jedis = jedis();
        jedis.set("shared", "by jedis");
        assertThat(client.get("shared").value().orElseThrow().toUtf8()).isEqualTo("by jedis");
        client.put("shared", "by us");
        assertThat(jedis.get("shared")).isEqualTo("by us");
    }

    private void pipelinesAreAnsweredAndAppliedInOrder() {
        Jedis jedis = jedis();
        jedis.del("counter");
        Pipeline pipeline = jedis.pipelined();
        List<Response<?>> responses = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            responses.add(pipeline.incr("counter"));
            expected.add((long) i);
            responses.add(pipeline.set("last", "v" + i));
            expected.add("OK");
            responses.add(pipeline.get("last"));
            expected.add("v" + i);
        }
        pipeline.sync();
        assertThat(responses.stream().map(Response::get).map(Object.class::cast).toList())
                .isEqualTo(expected);
    }

    private void lettuceToo() {
        RedisClient client =
                RedisClient.create(RedisURI.create(follower.getHost(), follower.getPort()));
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            RedisCommands<String, String> commands = connection.sync();
            assertThat(commands.set("lettuce", "1")).isEqualTo("OK");
            assertThat(commands.set("lettuce", "2", SetArgs.Builder.nx())).isNull();
            assertThat(commands.incr("lettuce")).isEqualTo(2);
            assertThat(commands.get("lettuce")).isEqualTo("2");
            assertThat(commands.del("lettuce")).isEqualTo(1);
            keysEndByThemselves(commands);
            manyKeysAtOnce(commands);
            assertThatThrownBy(() -> commands.hset("lettuce", "field", "value"))
                    .isInstanceOf(RedisCommandExecutionException.class)
                    .hasMessageContaining("values are strings here");
            assertThatThrownBy(commands::multi)
                    .isInstanceOf(RedisCommandExecutionException.class)
                    .hasMessageContaining("ERR unknown command 'MULTI'")
                    .hasMessageContaining("transaction of the Java client");
            // It is closed, with all that was sent behind it; this client comes back by itself,
            // once it has noticed.
            await().atMost(JavaProcess.PATIENCE)
                    .ignoreExceptionsInstanceOf(RedisException.class)
                    .until(() -> commands.ping().equals("PONG"));
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }

    private static void keysEndByThemselves(RedisCommands<String, String> commands) {
        commands.del("brief", "lasting");
        assertThat(commands.set("brief", "1", SetArgs.Builder.nx().px(300))).isEqualTo("OK");
        await().atMost(JavaProcess.PATIENCE).until(() -> commands.get("brief") == null);
        assertThat(commands.set("lasting", "1", SetArgs.Builder.ex(1000))).isEqualTo("OK");
        assertThat(commands.ttl("lasting")).isBetween(900L, 1001L);
        assertThat(commands.persist("lasting")).isTrue();
        assertThat(commands.expire("lasting", 2000)).isTrue();
        assertThat(commands.pttl("lasting")).isBetween(1_900_000L, 2_001_000L);
        assertThat(commands.incrby("lasting", 9)).isEqualTo(10);
        assertThat(commands.ttl("lasting")).isBetween(1900L, 2001L);
        assertThat(commands.getex("lasting", GetExArgs.Builder.ex(50))).isEqualTo("10");
        assertThat(commands.ttl("lasting")).isBetween(40L, 51L);
        assertThat(commands.getex("lasting", GetExArgs.Builder.persist())).isEqualTo("10");
        assertThat(commands.ttl("lasting")).isEqualTo(-1);
        assertThat(commands.getdel("lasting")).isEqualTo("10");
        assertThat(commands.getex("lasting", GetExArgs.Builder.ex(50))).isNull();
    }

    private static void manyKeysAtOnce(RedisCommands<String, String> commands) {
        Map<String, String> pairs = new TreeMap<>();
        for (int i = 0; i < 25; i++) {
            pairs.put("lettuce:" + i, "v" + i);
        }
        assertThat(commands.mset(pairs)).isEqualTo("OK");
        assertThat(commands.mget("lettuce:3", "lettuce:none", "lettuce:24"))
                .containsExactly(
                        KeyValue.just("lettuce:3", "v3"),
                        KeyValue.empty("lettuce:none"),
                        KeyValue.just("lettuce:24", "v24"));
        List<String> found = new ArrayList<>();
        ScanIterator.scan(commands, ScanArgs.Builder.matches("lettuce:*").limit(7))
                .forEachRemaining(found::add);
        assertThat(found).containsExactlyInAnyOrderElementsOf(pairs.keySet());
        assertThat(commands.del(pairs.keySet().toArray(String[]::new))).isEqualTo(25);
    }

    @Test
    void aTransactionThatIsSentAtOnceIsNotDoneInParts() throws IOException {
        try (Socket socket = new Socket(follower.getHost(), follower.getPort())) {
            String sent = "SET multi 0\r\nMULTI\r\nSET multi 1\r\nINCR multi\r\nEXEC\r\n";
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.UTF_8));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("+OK\r\n-ERR unknown command 'MULTI'");
            assertThat(answer.lines()).hasSize(2);
        }
        assertThat(jedis().get("multi")).isEqualTo("0");
    }

    @Test
    void aTokenThatIsStaleNeverOverwrites() {
        Jedis first = jedisOfResp3();
        Jedis second = jedis();
        second.clientSetname("second");
        String token = ask(first, "FENCE.LOCK", "orders").toString();
        assertThat(ask(second, "FENCE.LOCK", "orders")).isNull();
        assertThat(ask(second, "FENCE.LOCK", "orders", "WAIT", "200")).isNull();
        assertThatThrownBy(() -> ask(first, "FENCE.LOCK", "orders"))
                .hasMessageContaining("LOCK_BUSY this connection holds lock orders itself");

        assertThat(text(ask(first, "FENCE.SET", "order", "1", "TOKEN", "orders", token)))
                .isEqualTo("OK");
        assertThat(text(ask(second, "FENCE.GET", "order", "TOKEN", "orders", token)))
                .isEqualTo("1");
        assertThat(ask(first, "FENCE.CHECK", "orders", token)).isEqualTo(true);
        assertThat(ask(second, "FENCE.CHECK", "orders", token)).isEqualTo(1L);
        demandToken();
        assertThatThrownBy(() -> second.set("order/7", "no token"))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("FENCED FENCE_REQUIRED lock=orders");
        assertThatThrownBy(() -> ask(second, "FENCE.UNLOCK", "orders", token))
                .hasMessageContaining("a lock is given back where it was taken");

        CompletableFuture<Object> waiting =
                CompletableFuture.supplyAsync(
                        () -> ask(second, "FENCE.LOCK", "orders", "WAIT", "60000"));
        awaitWaiter();
        assertThat(ask(first, "FENCE.UNLOCK", "orders", token)).isEqualTo(1L);
        String next = waiting.orTimeout(60, TimeUnit.SECONDS).join().toString();
        assertThat(Long.parseLong(next)).isGreaterThan(Long.parseLong(token));

        assertThatThrownBy(() -> ask(first, "FENCE.SET", "order", "late", "TOKEN", "orders", token))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("FENCED SUPERSEDED lock=orders")
                .hasMessageContaining("shown=" + token + " live=" + next)
                .hasMessageContaining("successor=second");
        assertThatThrownBy(() -> ask(first, "FENCE.DEL", "order", "TOKEN", "orders", token))
                .hasMessageContaining("FENCED SUPERSEDED");
        assertThatThrownBy(() -> ask(first, "FENCE.GET", "order", "TOKEN", "orders", token))
                .hasMessageContaining("FENCED SUPERSEDED");
        assertThat(first.get("order")).isEqualTo("1");
        assertThat(ask(second, "FENCE.INCRBY", "order", "1", "TOKEN", "orders", next))
                .isEqualTo(2L);

        // The lock goes with its connection.
        second.close();
        await().atMost(JavaProcess.PATIENCE)
                .until(() -> ask(first, "FENCE.CHECK", "orders", next).equals(false));
        assertThat(ask(first, "FENCE.LOCK", "orders", "WAIT", "60000")).isNotNull();
    }

    private void demandToken() {
        Guard guard =
                new Guard(
                        Key.of("order/"),
                        new LockName("orders"),
                        GuardRule.STRICT,
                        GuardMode.ENFORCE);
        assertThat(cluster.client("admin").setGuard(guard, false).changed()).isTrue();
    }

    private void awaitWaiter() {
        KvClient observer = cluster.client("observer of the queue");
        await().atMost(JavaProcess.PATIENCE)
                .until(
                        () ->
                                observer.inspectLock(new LockName("orders"))
                                        .map(LockInfo::waiters)
                                        .filter(count -> count == 1)
                                        .isPresent());
    }

    @Test
    void noAcknowledgedWriteIsLostWhenTheLeaderIsKilled() {
        Jedis jedis = jedis();
        Map<String, String> acknowledged = new TreeMap<>();
        long counted = 0;
        List<String> errors = new ArrayList<>();
        int killed = -1;
        for (int i = 0; i < 300; i++) {
            if (i == 100) {
                killed = cluster.leader();
                cluster.kill(killed);
            }
            try {
                jedis.set("write/" + i, "v" + i);
                acknowledged.put("write/" + i, "v" + i);
                counted = jedis.incr("count");
            } catch (JedisException e) {
                errors.add(e.getMessage());
            }
        }
        assertThat(errors)
                .allMatch(
                        error ->
                                error.startsWith("UNAVAILABLE not applied")
                                        || error.startsWith("OUTCOME_UNKNOWN"));
        assertThat(acknowledged.size()).isGreaterThanOrEqualTo(300 - errors.size());
        acknowledged.forEach((key, value) -> assertThat(jedis.get(key)).isEqualTo(value));
        if (errors.isEmpty()) {
            // Repeated by the node under one number: once each.
            assertThat(counted).isEqualTo(300);
        }
        cluster.start(killed);
        cluster.awaitUp(killed);
    }

    @Test
    void theRealRedisCliWorks() throws IOException, InterruptedException {
        assumeTrue(isInstalled(), REDIS_CLI + " is not installed: Debian's redis-tools has it");
        assertThat(cli("", "PING")).containsExactly("PONG");
        assertThat(cli("", "SET", "greeting", "hello world")).containsExactly("OK");
        assertThat(cli("", "GET", "greeting")).containsExactly("hello world");
        assertThat(cli("", "-3", "HELLO", "3")).contains("server fencekv");
        assertThat(cli("", "SET", "greeting", "x", "NX")).containsExactly("");
        assertThat(cli("", "INCR", "cli")).containsExactly("1");
        assertThat(cli("INCR cli\nINCR cli\nGET cli\n")).containsExactly("2", "3", "3");
        String token = cli("", "FENCE.LOCK", "cli").get(0);
        assertThat(token).matches("[0-9]+");
        // The connection is gone, and its lock with it.
        await().atMost(JavaProcess.PATIENCE)
                .until(() -> cli("", "FENCE.CHECK", "cli", token).equals(List.of("0")));
        assertThat(cli("", "FENCE.SET", "greeting", "late", "TOKEN", "cli", token).get(0))
                .startsWith("FENCED RELEASED lock=cli shown=" + token);
        assertThat(cli("", "LPUSH", "a", "b").get(0)).startsWith("ERR unknown command 'LPUSH'");
        assertThat(cli("", "MSET", "cli:1", "a", "cli:2", "b")).containsExactly("OK");
        assertThat(cli("", "MGET", "cli:1", "cli:2")).containsExactly("a", "b");
        assertThat(cli("", "--scan", "--pattern", "cli:*")).containsExactly("cli:1", "cli:2");
        assertThat(cli("", "DEL", "greeting")).containsExactly("1");
    }

    private static boolean isInstalled() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Path.of(directory).resolve(REDIS_CLI).toFile().canExecute()) {
                return true;
            }
        }
        return false;
    }

    private List<String> cli(String input, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of(REDIS_CLI, "-h", follower.getHost()));
        command.addAll(List.of("-p", Integer.toString(follower.getPort())));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return out.lines().toList();
    }
}
