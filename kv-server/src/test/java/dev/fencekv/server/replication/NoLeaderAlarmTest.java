package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NoLeaderAlarmTest {
    private final NoLeaderAlarm alarm = new NoLeaderAlarm(List.of("a:1", "b:1", "c:1"), seconds(5));

    private static long seconds(long seconds) {
        return seconds * 1_000_000_000;
    }

    @Test
    void anElectionIsNoAlarm() {
        assertThat(alarm.look(false, seconds(14))).isEmpty();
        assertThat(alarm.look(true, seconds(15))).isEmpty();
        assertThat(alarm.look(false, seconds(24))).isEmpty();
    }

    @Test
    void aLongSilenceIsToldNowAndThen() {
        assertThat(alarm.look(false, seconds(15))).hasValueSatisfying(NoLeaderAlarmTest::names);
        assertThat(alarm.look(false, seconds(16))).isEmpty();
        assertThat(alarm.look(false, seconds(74))).isEmpty();
        assertThat(alarm.look(false, seconds(75))).hasValueSatisfying(NoLeaderAlarmTest::names);
        assertThat(alarm.look(true, seconds(76))).isEmpty();
        assertThat(alarm.look(false, seconds(86))).isPresent();
    }

    private static void names(String line) {
        assertThat(line).startsWith("no leader for ").contains("more than half of a:1, b:1, c:1");
    }
}
