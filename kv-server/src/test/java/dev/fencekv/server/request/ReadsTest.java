package dev.fencekv.server.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fencekv.kv.Status;
import dev.fencekv.server.replication.FakeReplicator;
import dev.fencekv.server.state.StateView;
import dev.fencekv.wire.Opcode;
import dev.fencekv.wire.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads that take several looks. */
@Timeout(60)
class ReadsTest {
    private final FakeReplicator log = new FakeReplicator(ended -> {});
    private final Reads reads = new Reads(log);
    private final Thread test = Thread.currentThread();

    @AfterEach
    void stop() {
        log.close();
    }

    private Answered asked(Function<StateView, Reads.@Nullable Finding> look) {
        Answered answered = new Answered();
        reads.now(new Caller(log.applied(), answered, 1, Opcode.RANGE), look);
        return answered;
    }

    private Reads.@Nullable Finding foundByAnotherThread(StateView view) {
        return Thread.currentThread() == test ? null : Reads.Finding.ok(Reply.NOTHING);
    }

    @Test
    void aReadThatIsUnderWayIsNotRefusedInFavourOfNewcomers() throws InterruptedException {
        CountDownLatch underWay = new CountDownLatch(1);
        CountDownLatch enoughNewcomers = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        Answered first =
                asked(
                        view -> {
                            int look = looks.incrementAndGet();
                            if (look == 2) {
                                underWay.countDown();
                                waitFor(enoughNewcomers);
                            }
                            return look < 5 ? null : Reads.Finding.ok(Reply.NOTHING);
                        });
        underWay.await();
        List<Answered> newcomers = new ArrayList<>();
        for (int i = 0; i < LongReads.UNDER_WAY_MAX + 10; i++) {
            newcomers.add(asked(this::foundByAnotherThread));
        }
        assertThat(newcomers.stream().filter(each -> each.reply() != null))
                .as("those above the bound, at once")
                .hasSize(11)
                .allMatch(each -> each.reply().status() == Status.OVERLOADED);
        enoughNewcomers.countDown();
        await().until(() -> first.reply() != null);
        assertThat(first.reply().status()).isEqualTo(Status.OK);
        await().until(() -> newcomers.stream().allMatch(each -> each.reply() != null));
    }

    @Test
    void theEndOfAReadIsAPlaceForAnotherHoweverItEnds() {
        for (int round = 0; round < 5; round++) {
            List<Answered> some = new ArrayList<>();
            for (int i = 0; i < LongReads.UNDER_WAY_MAX / 2; i++) {
                some.add(asked(this::brokenForAnotherThread));
            }
            await().until(() -> some.stream().allMatch(each -> each.reply() != null));
            assertThat(some).allMatch(each -> each.reply().status() == Status.UNAVAILABLE);
        }
    }

    private Reads.@Nullable Finding brokenForAnotherThread(StateView view) {
        if (Thread.currentThread() == test) {
            return null;
        }
        throw new IllegalStateException("broken for the test");
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
