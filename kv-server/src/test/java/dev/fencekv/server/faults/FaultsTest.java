package dev.fencekv.server.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fencekv.server.faults.Faults.ClockFault;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultsTest {
    @Test
    void eachLineIsAFault() {
        Faults faults =
                Faults.parse(
                        List.of(
                                "cut 127.0.0.1:7401",
                                "delay 127.0.0.1:7411 50 20",
                                "lose 127.0.0.1:7421 10",
                                "",
                                "clock step -5000",
                                "disk slow 30",
                                "disk fail"));
        assertThat(faults.link("127.0.0.1:7401").lossPercent()).isEqualTo(100);
        assertThat(faults.link("127.0.0.1:7411")).isEqualTo(new Faults.Link(50, 20, 0));
        assertThat(faults.link("127.0.0.1:7421").lossPercent()).isEqualTo(10);
        assertThat(faults.link("127.0.0.1:7431")).isEqualTo(Faults.Link.SOUND);
        assertThat(faults.clock()).isEqualTo(new Faults.Clock(ClockFault.STEP, -5000));
        assertThat(faults.disk()).isEqualTo(new Faults.Disk(30, true));
        assertThat(Faults.parse(List.of())).isEqualTo(Faults.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "delay 127.0.0.1:1", "lose 127.0.0.1:1 x", "clock melt", "fire"})
    void whatIsNoFaultIsNamed(String line) {
        assertThatThrownBy(() -> Faults.parse(List.of(line)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("\"" + line + "\"");
    }

    @Test
    void aClockStepsDriftsFreezesAndComesBack() {
        AtomicLong wallMs = new AtomicLong(1_000_000);
        AtomicLong nanos = new AtomicLong();
        AtomicReference<Faults.Clock> fault = new AtomicReference<>(Faults.NONE.clock());
        FaultyWallClock clock = new FaultyWallClock(wallMs::get, nanos::get, fault::get);
        assertThat(clock.millis()).isEqualTo(1_000_000);

        fault.set(new Faults.Clock(ClockFault.STEP, -5_000));
        assertThat(clock.millis()).isEqualTo(995_000);

        fault.set(new Faults.Clock(ClockFault.RATE, 150));
        assertThat(clock.millis()).isEqualTo(1_000_000);
        pass(wallMs, nanos, 1_000);
        assertThat(clock.millis()).isEqualTo(1_001_500);

        fault.set(new Faults.Clock(ClockFault.FREEZE, 0));
        assertThat(clock.millis()).isEqualTo(1_001_000);
        pass(wallMs, nanos, 1_000);
        assertThat(clock.millis()).isEqualTo(1_001_000);

        fault.set(Faults.NONE.clock());
        assertThat(clock.millis()).isEqualTo(1_002_000);
    }

    private static void pass(AtomicLong wallMs, AtomicLong nanos, long ms) {
        wallMs.addAndGet(ms);
        nanos.addAndGet(ms * 1_000_000);
    }
}
