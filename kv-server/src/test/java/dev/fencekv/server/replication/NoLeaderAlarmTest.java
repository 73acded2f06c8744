package dev.fencekv.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NoLeaderAlarmTest {
    private final NoLeaderAlarm alarm = new NoLeaderAlarm(() -> "all is well", seconds(5));

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
        assertThat(line)
                .startsWith("no leader for ")
                .endsWith("nothing is served until all is well");
    }
}
