package dev.fencekv.bench.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Duration TWO_MINUTES = Duration.ofMinutes(2);

    @Test
    void theSameSeedIsTheSameSchedule() {
        Set<FaultKind> all = EnumSet.allOf(FaultKind.class);
        assertThat(Schedule.of(7, TWO_MINUTES, all)).isEqualTo(Schedule.of(7, TWO_MINUTES, all));
        assertThat(Schedule.of(7, TWO_MINUTES, all)).isNotEqualTo(Schedule.of(8, TWO_MINUTES, all));
    }

    @Test
    void allFaultsThatAreWantedComeAndNoOthersAndAllEndInTime() {
        Set<FaultKind> wanted = EnumSet.of(FaultKind.KILL, FaultKind.CLOCK, FaultKind.PAUSE);
        Set<FaultKind> met = EnumSet.noneOf(FaultKind.class);
        long last = 0;
        for (Schedule.Step step : Schedule.of(1, TWO_MINUTES, wanted).steps()) {
            met.add(step.kind());
            assertThat(step.atMs()).isGreaterThanOrEqualTo(last);
            assertThat(step.endsMs()).isLessThanOrEqualTo(TWO_MINUTES.toMillis());
            last = step.atMs();
        }
        assertThat(met).isEqualTo(wanted);
    }
}
