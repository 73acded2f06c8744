package dev.fencekv.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.ClockVerdict;
import dev.fencekv.kv.Comparison;
import dev.fencekv.kv.EventType;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.GuardMode;
import dev.fencekv.kv.GuardRule;
import dev.fencekv.kv.Key;
import dev.fencekv.kv.LockEventType;
import dev.fencekv.kv.MemberRole;
import dev.fencekv.kv.NodeRole;
import dev.fencekv.kv.Operation;
import dev.fencekv.kv.OperationResult;
import dev.fencekv.kv.Status;
import dev.fencekv.kv.Value;
import dev.fencekv.wire.ProtocolTable.Code;
import dev.fencekv.wire.ProtocolTable.Item;
import dev.fencekv.wire.ProtocolTable.Shape;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The hand-written codecs and the table say the same; neither is derived from the other. */
class ProtocolTableTest {
    private static final int ROUNDS = 100;

    private final ProtocolTable table = ProtocolTable.load();
    private final long seed = Seeds.next(ProtocolTableTest.class);
    private final RandomMessages random = new RandomMessages(seed);

    @ParameterizedTest
    @EnumSource(Opcode.class)
    void requestsReadByTheTableAloneSayWhatWasEncoded(Opcode opcode) {
        for (int round = 0; round < ROUNDS; round++) {
            Request request = random.request(opcode);
            byte[] bytes = Wired.bytes(request, random.bits(), random.stamp());

            Map<String, Map<String, Object>> walked = TableWalker.walk(table, bytes);

            assertThat(walked.get("header")).containsEntry("opcode", opcode.name());
            agree("seed " + seed, walked.get("body"), request);
        }
    }

    @ParameterizedTest
    @EnumSource(Reply.BodyKind.class)
    void repliesReadByTheTableAloneSayWhatWasEncoded(Reply.BodyKind kind) {
        for (int round = 0; round < ROUNDS; round++) {
            Reply reply = random.reply(kind);
            byte[] bytes = Wired.bytes(reply, random.bits(), round % 2 == 0);

            Map<String, Map<String, Object>> walked = TableWalker.walk(table, bytes);

            assertThat(walked.get("header"))
                    .containsEntry("opcode", reply.opcode().name())
                    .containsEntry("flags", round % 2 == 0 ? 3L : 2L)
                    .containsEntry("stamp", reply.stamp().packed());
            assertThat(walked.get("head"))
                    .containsEntry("status", reply.status().name())
                    .containsEntry("revision", reply.revision())
                    .containsEntry("bodyKind", kind.name());
            agree("seed " + seed, walked.get("body"), reply.body());
        }
    }

    @Test
    void theTableHasEveryCodeAndNoOther() {
        assertThat(codes("Opcode")).isEqualTo(codes(Opcode.values(), Opcode::code));
        assertThat(codes("BodyKind"))
                .isEqualTo(codes(Reply.BodyKind.values(), Reply.BodyKind::code));
        assertThat(codes("Status")).isEqualTo(codes(Status.values(), Status::code));
        assertThat(codes("FenceReason")).isEqualTo(codes(FenceReason.values(), FenceReason::code));
        assertThat(codes("GuardRule")).isEqualTo(codes(GuardRule.values(), GuardRule::code));
        assertThat(codes("GuardMode")).isEqualTo(codes(GuardMode.values(), GuardMode::code));
        assertThat(codes("ReadMode")).isEqualTo(codes(ReadMode.values(), ReadMode::code));
        assertThat(codes("RangeWhat")).isEqualTo(codes(RangeWhat.values(), RangeWhat::code));
        assertThat(codes("NodeRole")).isEqualTo(codes(NodeRole.values(), NodeRole::code));
        assertThat(codes("MemberRole")).isEqualTo(codes(MemberRole.values(), MemberRole::code));
        assertThat(codes("ClockVerdict"))
                .isEqualTo(codes(ClockVerdict.values(), ClockVerdict::code));
        assertThat(codes("Subject"))
                .isEqualTo(codes(Comparison.Subject.values(), Comparison.Subject::code));
        assertThat(codes("Operator"))
                .isEqualTo(codes(Comparison.Operator.values(), Comparison.Operator::code));
        assertThat(codes("EventType")).isEqualTo(codes(EventType.values(), EventType::code));
        assertThat(codes("LockEventType"))
                .isEqualTo(codes(LockEventType.values(), LockEventType::code));
        assertThat(table.items(Shape.ENUM)).hasSize(15);
        assertThat(codes("Operation"))
                .isEqualTo(codes(Operation.Kind.values(), Operation.Kind::code));
        assertThat(codes("OperationResult"))
                .isEqualTo(codes(Operation.Kind.values(), Operation.Kind::code));
        assertThat(table.items(Shape.UNION)).hasSize(2);
    }

    @Test
    void theTableHasEveryMessageAndNoOther() {
        assertThat(messages(Shape.REQUEST)).isEqualTo(codes(Opcode.values(), Opcode::code));
        assertThat(messages(Shape.REPLY))
                .isEqualTo(codes(Reply.BodyKind.values(), Reply.BodyKind::code));
    }

    /** A map is a record by its components; any other value may be wrapped in a record of one. */
    private static void agree(String where, Object walked, Object told) {
        if (walked instanceof TableWalker.Choice choice) {
            assertThat(kind(told).name()).as(where).isEqualTo(choice.name());
            agree(where, choice.fields(), told);
        } else if (walked instanceof Map<?, ?> map) {
            RecordComponent[] components = told.getClass().getRecordComponents();
            assertThat(map.keySet()).as(where).hasSize(components.length);
            for (RecordComponent component : components) {
                String name = component.getName();
                assertThat(map.containsKey(name)).as(where + "." + name).isTrue();
                agree(where + "." + name, map.get(name), component(component, told));
            }
        } else if (walked instanceof List<?> list) {
            List<?> others = (List<?>) told;
            assertThat(list).as(where).hasSize(others.size());
            for (int i = 0; i < list.size(); i++) {
                agree(where + "[" + i + "]", list.get(i), others.get(i));
            }
        } else if (walked instanceof Optional<?> optional) {
            Optional<?> other = (Optional<?>) told;
            assertThat(optional.isPresent()).as(where).isEqualTo(other.isPresent());
            if (optional.isPresent()) {
                agree(where, optional.get(), other.get());
            }
        } else {
            assertThat(plain(told)).as(where).isEqualTo(walked);
        }
    }

    private static Operation.Kind kind(Object told) {
        return told instanceof Operation operation
                ? operation.kind()
                : ((OperationResult) told).kind();
    }

    private static Object plain(Object told) {
        if (told instanceof Optional<?> optional) {
            // Without an "optional" in the table it is a key, and no bytes stand for none.
            return optional.isPresent() ? plain(optional.get()) : TableWalker.Bytes.of(new byte[0]);
        }
        if (told instanceof Integer number) {
            return number.longValue();
        }
        if (told instanceof Key key) {
            return TableWalker.Bytes.of(key.toByteArray());
        }
        if (told instanceof Value value) {
            return TableWalker.Bytes.of(value.toByteArray());
        }
        if (told instanceof Optional<?> unlessEmpty) {
            return unlessEmpty
                    .map(ProtocolTableTest::plain)
                    .orElse(TableWalker.Bytes.of(new byte[0]));
        }
        if (told instanceof Enum<?> constant) {
            return constant.name();
        }
        if (told instanceof Record && told.getClass().getRecordComponents().length == 1) {
            return plain(component(told.getClass().getRecordComponents()[0], told));
        }
        return told;
    }

    private static Object component(RecordComponent component, Object owner) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component.toString(), e);
        }
    }

    private Map<String, Integer> codes(String name) {
        Map<String, Integer> codes = new LinkedHashMap<>();
        for (Code code : table.named(name).codes()) {
            codes.put(code.name(), code.code());
        }
        return codes;
    }

    private Map<String, Integer> messages(Shape shape) {
        Map<String, Integer> codes = new LinkedHashMap<>();
        for (Item item : table.items(shape)) {
            codes.put(item.name(), item.code());
        }
        return codes;
    }

    private static <E extends Enum<E>> Map<String, Integer> codes(
            E[] values, ToIntFunction<E> code) {
        Map<String, Integer> codes = new LinkedHashMap<>();
        Arrays.stream(values).forEach(value -> codes.put(value.name(), code.applyAsInt(value)));
        return codes;
    }
}
