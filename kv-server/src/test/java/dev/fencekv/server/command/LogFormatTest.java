package dev.fencekv.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.Guard;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.RequestId;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Transaction;
import dev.fencekv.kv.Value;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bytes of log entries and outcomes: all come back, none that are not ours get in. */
class LogFormatTest {
    private static final long SEED = 20260101;
    private static final int KIND_AT = LogEntryCodec.HEADER_BYTES;

    @Test
    void everyEntryComesBackAsItWas() {
        RandomCommands random = new RandomCommands(SEED);
        for (int i = 0; i < 5000; i++) {
            LogEntry entry = random.entry();
            byte[] bytes = LogEntryCodec.encode(entry);
            assertThat(decode(bytes)).isEqualTo(entry);
            assertThat(LogEntryCodec.encode(decode(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void everyOutcomeComesBackAsItWas() {
        RandomCommands random = new RandomCommands(SEED);
        for (int i = 0; i < 5000; i++) {
            Outcome outcome = random.outcome();
            assertThat(decodeOutcome(encode(outcome))).isEqualTo(outcome);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTruncatedEntryIsCorrupt(Command.Kind kind) {
        RandomCommands random = new RandomCommands(SEED + kind.code());
        for (int i = 0; i < 20; i++) {
            byte[] bytes =
                    LogEntryCodec.encode(
                            new LogEntry(HybridTimestamp.ZERO, List.of(random.command(kind))));
            int step = 1 + bytes.length / 500;
            for (int length = 0; length < bytes.length; length += step) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> decode(cut)).isInstanceOf(CorruptBytesException.class);
            }
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            assertThatThrownBy(() -> decode(longer)).isInstanceOf(CorruptBytesException.class);
        }
    }

    @Test
    void aTruncatedOutcomeIsCorrupt() {
        RandomCommands random = new RandomCommands(SEED);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = encode(random.outcome());
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> decodeOutcome(cut))
                        .isInstanceOf(CorruptBytesException.class);
            }
        }
    }

    @Test
    void aChangedByteIsReadAsSomethingElseOrRefusedButNeverAnythingWorse() {
        RandomCommands random = new RandomCommands(SEED);
        Random dice = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            byte[] entry = LogEntryCodec.encode(random.entry());
            byte[] outcome = encode(random.outcome());
            for (int change = 0; change < 20; change++) {
                entry[dice.nextInt(entry.length)] = (byte) dice.nextInt();
                outcome[dice.nextInt(outcome.length)] = (byte) dice.nextInt();
                assertReadOrRefused(() -> decode(entry));
                assertReadOrRefused(() -> decodeOutcome(outcome));
            }
        }
    }

    private static void assertReadOrRefused(Runnable decoding) {
        try {
            decoding.run();
        } catch (CorruptBytesException | NewerFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Test
    void aLengthThatCannotBeAllocatesNothing() {
        byte[] bytes =
                entryOf(
                        new Command.Put(
                                RequestId.NONE,
                                List.of(),
                                Key.of("k"),
                                Value.of("v"),
                                Command.ANY_REVISION,
                                false));
        int valueLengthAt = KIND_AT + 1 + 8 + 1 + 2 + 1;
        for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1 << 30}) {
            ByteBuffer.wrap(bytes).putInt(valueLengthAt, length);
            assertThatThrownBy(() -> decode(bytes)).isInstanceOf(CorruptBytesException.class);
        }
        byte[] tick = entryOf(new Command.Tick(0, List.of()));
        ByteBuffer.wrap(tick).putShort(tick.length - 2, (short) -1);
        assertThatThrownBy(() -> decode(tick)).isInstanceOf(CorruptBytesException.class);
    }

    @Test
    void anEntryOfNoCommandsOrTooManyIsCorrupt() {
        byte[] bytes = entryOf(new Command.RaiseLevel(1));
        for (int count : new int[] {0, 2, 513, 0xffff}) {
            ByteBuffer.wrap(bytes).putShort(2, (short) count);
            assertThatThrownBy(() -> decode(bytes)).isInstanceOf(CorruptBytesException.class);
        }
    }

    @Test
    void textThatIsNotUtf8IsCorrupt() {
        byte[] bytes = entryOf(new Command.BindMember(new Member(1, "pp", "c")));
        int peerAt = KIND_AT + 1 + 8 + 8 + 2;
        bytes[peerAt] = (byte) 0xff;
        assertThatThrownBy(() -> decode(bytes))
                .isInstanceOf(CorruptBytesException.class)
                .hasMessageContaining("UTF-8");
    }

    @Test
    void whatANewerReleaseWroteIsSaidToBeNewer() {
        Command.Kind[] kinds = Command.Kind.values();
        int next = kinds[kinds.length - 1].code() + 1;
        for (int code : new int[] {0, next, 99, 255}) {
            byte[] kind = entryOf(new Command.RaiseLevel(1));
            kind[KIND_AT] = (byte) code;
            assertThatThrownBy(() -> decode(kind)).isInstanceOf(NewerFormatException.class);
        }
        byte[] format = entryOf(new Command.RaiseLevel(1));
        format[0] = 2;
        assertThatThrownBy(() -> decode(format))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("install the newer release");
        byte[] reserved = entryOf(new Command.RaiseLevel(1));
        reserved[1] = 1;
        assertThatThrownBy(() -> decode(reserved)).isInstanceOf(NewerFormatException.class);
        byte[] setting = entryOf(new Command.ChangeSetting(RequestId.NONE, Setting.LOCKS_MAX, 1));
        ByteBuffer.wrap(setting).putShort(KIND_AT + 9, (short) 999);
        assertThatThrownBy(() -> decode(setting)).isInstanceOf(NewerFormatException.class);
    }

    @Test
    void codesInsideACommandThatANewerReleaseKnowsAreNoDamage() {
        Operation get = Operation.get(Key.of("k"));
        Comparison absent = Comparison.absent(Key.of("k"));
        byte[] transaction =
                entryOf(
                        new Command.Transact(
                                RequestId.NONE,
                                List.of(),
                                new Transaction(List.of(absent), List.of(get), List.of())));
        int subjectAt = KIND_AT + 1 + 8 + 1 + 1 + 2 + 1;
        int operationAt = subjectAt + 2 + 8 + 4 + 1;
        assertIsNewer(transaction, subjectAt, "subject of a comparison");
        assertIsNewer(transaction, subjectAt + 1, "operator of a comparison");
        assertIsNewer(transaction, operationAt, "operation");
        byte[] guard =
                entryOf(
                        new Command.SetGuard(
                                RequestId.NONE,
                                new Guard(
                                        Key.of("p"),
                                        new LockName("l"),
                                        GuardRule.STRICT,
                                        GuardMode.ENFORCE),
                                false));
        assertIsNewer(guard, guard.length - 3, "guard rule");
        assertIsNewer(guard, guard.length - 2, "guard mode");
        byte[] place =
                entryOf(new Command.PlaceMember(new Member(1, "p", "c"), MemberRole.LEARNER));
        assertIsNewer(place, place.length - 1, "member role");
    }

    private static void assertIsNewer(byte[] entry, int at, String what) {
        byte[] changed = entry.clone();
        changed[at] = 99;
        assertThat(decode(entry)).isNotNull();
        assertThatThrownBy(() -> decode(changed))
                .isInstanceOf(NewerFormatException.class)
                .hasMessage(what + " 99 is not known to this release; install the newer one");
    }

    @Test
    void codesOfOutcomesThatANewerReleaseKnowsAreNoDamage() {
        byte[] status = encode(new Outcome(Status.OK, 1, HybridTimestamp.ZERO, Outcome.NOTHING));
        status[0] = 99;
        assertThatThrownBy(() -> decodeOutcome(status))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("status 99");
        byte[] result =
                encode(
                        new Outcome(
                                Status.OK,
                                1,
                                HybridTimestamp.ZERO,
                                new Outcome.Transacted(
                                        true, List.of(new OperationResult.Increment(1)))));
        result[result.length - 9] = 99;
        assertThatThrownBy(() -> decodeOutcome(result))
                .isInstanceOf(NewerFormatException.class)
                .hasMessageContaining("result of operation 99");
    }

    private static byte[] entryOf(Command command) {
        return LogEntryCodec.encode(new LogEntry(HybridTimestamp.ZERO, List.of(command)));
    }

    private static LogEntry decode(byte[] bytes) {
        return LogEntryCodec.decode(ByteBuffer.wrap(bytes));
    }

    private static byte[] encode(Outcome outcome) {
        BytesOut out = new BytesOut(1);
        OutcomeCodec.encode(outcome, out);
        return out.toByteArray();
    }

    private static Outcome decodeOutcome(byte[] bytes) {
        return OutcomeCodec.decode(new BytesIn(ByteBuffer.wrap(bytes)));
    }
}
