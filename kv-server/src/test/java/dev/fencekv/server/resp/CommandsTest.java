package dev.fencekv.server.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.client.FenceKv;
import dev.fencekv.client.KvClient;
import dev.fencekv.kv.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is decided before anything is sent to the cluster: there is none here. */
class CommandsTest {
    private final KvClient nobody = FenceKv.connect("127.0.0.1:1");
    private final RespClient caller =
            new RespClient(7, new HeldLocks(new LockSessions(any -> nobody, 1, new RespTally())));
    private final Commands commands =
            new Commands(new ConnectionCommands("1.2", () -> "# Server\r\n"), nobody);

    @AfterEach
    void close() {
        nobody.close();
    }

    private RespReply run(String line) {
        List<Value> words = new ArrayList<>();
        for (String word : line.split(" ")) {
            words.add(Value.of(word));
        }
        try {
            return commands.handle(caller, words).join();
        } catch (RuntimeException e) {
            return Failures.error(e);
        }
    }

    private String error(String line) {
        return ((RespReply.Error) run(line)).text();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | ERR wrong number of arguments for 'get' command",
                "set a | ERR wrong number of arguments for 'set' command",
                "SET a b NX XX | ERR syntax error",
                "SET a b NXX | ERR syntax error",
                "SET a b PXAT 5 | nothing here expires by a wall clock",
                "SET a b TOKEN l 5 | a SET that shows a token is FENCE.SET",
                "FENCE.SET a b NX XX TOKEN | ERR syntax error",
                "FENCE.SET a b NX GET GET | ERR FENCE.SET wants TOKEN lock token",
                "FENCE.SET a b TOKEN lock 0 | a fencing token is a number above 0",
                "FENCE.SET a b TOKEN lock x | ERR value is not an integer",
                "FENCE.GET a TOKEN lock | ERR wrong number of arguments",
                "FENCE.DEL a TOKIN lock 5 | ERR syntax error",
                "FENCE.LOCK l WAIT | ERR syntax error",
                "FENCE.LOCK l WAIT -1 | ERR WAIT takes 0 to",
                "FENCE.LOCK l NOW 1 | ERR syntax error",
                "FENCE.UNLOCK l 5 | a lock is given back where it was taken",
                "SET a b EX 0 | ERR invalid expire time",
                "SET a b PX 99 | ERR invalid expire time: 100 to",
                "SET a b EX 9223372036854775807 | ERR invalid expire time",
                "SET a b EX 1 PX 1000 | ERR syntax error",
                "SET a b KEEPTTL | APPEND or INCRBY",
                "GETEX a EX 0 | ERR invalid expire time",
                "GETEX a EX 10 PERSIST | ERR syntax error",
                "GETEX a KEEP | ERR syntax error",
                "GETEX a EXAT 5 | nothing here expires by a wall clock",
                "EXEC | transaction of the Java client",
                "DISCARD | transaction of the Java client",
                "WATCH a | transaction of the Java client",
                "SETEX a 0 b | ERR invalid expire time",
                "EXPIRE a 10 NX | takes no conditions",
                "SCAN 5 | begin again with 0",
                "SCAN x | ERR value is not an integer",
                "SCAN 0 COUNT 0 | ERR syntax error",
                "MSET a b c | a value for each key",
                "INCRBY a 1.5 | ERR value is not an integer or out of range",
                "INCRBY a +1 | ERR value is not an integer or out of range",
                "DECRBY a -9223372036854775808 | ERR decrement would overflow",
                "SELECT 1 | one database",
                "AUTH secret | knows no users",
                "HELLO 4 | NOPROTO",
                "HELLO 3 AUTH a b | knows no users",
                "HELLO 3 SETNAME | ERR syntax error",
                "CLIENT TRACKING ON | CLIENT knows ID",
                "COMMAND GETKEYS a | COMMAND knows COUNT",
                "MULTI | transaction of the Java client",
                "LPUSH a b | values are strings here",
                "KEYS * | use SCAN",
                "EXPIREAT a 5 | wall clock",
                "FROBNICATE | ERR unknown command 'FROBNICATE'"
            })
    void whatCannotBeIsRefusedWithWords(String line, String words) {
        assertThat(error(line)).contains(words);
    }

    /** Else what a client has sent behind it would be executed, and its EXEC refused. */
    @Test
    void nothingIsExecutedBehindAMultiThatIsRefused() {
        assertThat(error("EXEC")).startsWith("ERR unknown command 'EXEC'");
        assertThat(error("DISCARD")).startsWith("ERR unknown command 'DISCARD'");
        assertThat(caller.isLeaving()).isFalse();
        assertThat(error("multi"))
                .startsWith("ERR unknown command 'multi'")
                .endsWith("nothing sent after this is executed");
        assertThat(caller.isLeaving()).isTrue();
    }

    @Test
    void aTransactionHasOnlySoManyParts() {
        assertThat(error("DEL" + " k".repeat(1) + keys(129))).startsWith("UNSUPPORTED this would");
        assertThat(error("MSETNX" + keys(130))).startsWith("UNSUPPORTED this would be 130 parts");
    }

    private static String keys(int count) {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < count; i++) {
            keys.append(" key").append(i);
        }
        return keys.toString();
    }

    @Test
    void keysHaveLimits() {
        assertThat(error("GET " + "k".repeat(1025))).startsWith("ERR key length in bytes");
        assertThatThrownBy(() -> commands.handle(caller, List.of(Value.of("GET"), Value.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFailedHelloChangesNothing() {
        assertThat(error("HELLO 3 SETNAME a AUTH u p")).contains("knows no users");
        assertThat(caller.version()).isEqualTo(2);
        assertThat(caller.name()).isEmpty();
        assertThat(run("HELLO 3 SETNAME a").kind()).isEqualTo(RespReply.Kind.TABLE);
        assertThat(caller.version()).isEqualTo(3);
        assertThat(run("CLIENT GETNAME")).isEqualTo(RespReply.text("a"));
    }

    @Test
    void whatClientsAskFirst() {
        assertThat(run("PING")).isEqualTo(new RespReply.Simple("PONG"));
        assertThat(run("ping hello")).isEqualTo(RespReply.text("hello"));
        assertThat(run("ECHO x")).isEqualTo(RespReply.text("x"));
        assertThat(run("SELECT 0")).isEqualTo(RespReply.OK);
        assertThat(run("CLIENT ID")).isEqualTo(RespReply.number(7));
        assertThat(run("CLIENT SETINFO LIB-NAME x")).isEqualTo(RespReply.OK);
        assertThat(run("COMMAND DOCS")).isEqualTo(new RespReply.Table(List.of()));
        assertThat(run("COMMAND COUNT")).isEqualTo(RespReply.number(RedisCommand.values().length));
        RespReply.Array info = (RespReply.Array) run("COMMAND INFO get nosuch");
        assertThat(info.elements()).hasSize(2);
        assertThat(info.elements().get(1)).isEqualTo(RespReply.NULL);
        assertThat(run("QUIT")).isEqualTo(RespReply.OK);
        assertThat(caller.isLeaving()).isTrue();
    }
}
