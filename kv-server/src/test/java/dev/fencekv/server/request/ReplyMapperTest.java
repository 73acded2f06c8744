package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.Limits;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Apply says reasons and numbers; people read words. */
class ReplyMapperTest {
    private static String words(RefusalReason reason, long number) {
        Outcome refused =
                new Outcome(
                        Status.QUOTA_EXCEEDED,
                        7,
                        HybridTimestamp.ZERO,
                        new Outcome.Refused(reason, number));
        return ((Reply.Message) ReplyMapper.of(Opcode.PUT, refused).body()).text();
    }

    @ParameterizedTest
    @EnumSource
    void everyReasonHasWordsThatFitAMessage(RefusalReason reason) {
        long number = reason == RefusalReason.SETTING_OUT_OF_RANGE ? 1 : Long.MAX_VALUE;
        assertThat(words(reason, number))
                .isNotBlank()
                .hasSizeLessThanOrEqualTo(Limits.MESSAGE_BYTES_MAX);
    }

    @Test
    void theWordsNameTheNumberAndWhatToDo() {
        assertThat(words(RefusalReason.STORE_QUOTA, 1 << 20))
                .contains("1048576 bytes", "raise store-quota-bytes");
        assertThat(words(RefusalReason.LOCKS, 9)).contains("9", "raise locks-max");
        assertThat(words(RefusalReason.SEQUENCE_REUSED, 3)).startsWith("SEQUENCE_REUSED: ");
        assertThat(words(RefusalReason.SETTING_OUT_OF_RANGE, Setting.LOCKS_MAX.code()))
                .isEqualTo("locks-max must be 1 to 10000000");
    }
}
