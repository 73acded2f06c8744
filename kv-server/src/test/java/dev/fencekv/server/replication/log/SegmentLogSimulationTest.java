package dev.fencekv.server.replication.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random operations against a list, with kills and power cuts at any point, failed syncs, and bits
 * that flip. Everything follows from the seed but the segments' salts.
 */
class SegmentLogSimulationTest {
    private static final long FIRST_SEED = Long.getLong("sim.seed", Long.getLong("sim.first", 1));
    private static final int SEEDS =
            Long.getLong("sim.seed") != null ? 1 : Integer.getInteger("sim.seeds", 300);
    private static final int STEPS = Integer.getInteger("sim.steps", 300);

    @Test
    void acknowledgedEntriesStayAndDroppedOnesNeverReturn() throws IOException {
        long[] met = new long[Met.values().length];
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            try {
                new Run(seed, met).run();
            } catch (AssertionError | IOException | RuntimeException e) {
                throw new AssertionError("-Dsim.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
        StringBuilder line = new StringBuilder();
        for (Met each : Met.values()) {
            line.append(each).append('=').append(met[each.ordinal()]).append(' ');
        }
        System.out.println(line);
        if (SEEDS >= 100) {
            assertThat(met).as(line.toString()).doesNotContain(0);
        }
    }

    private enum Met {
        KILLED,
        POWER_CUT,
        BATCH_LOST,
        BATCH_KEPT_IN_PART,
        BATCH_KEPT,
        ROT_REFUSED,
        ROT_HARMLESS,
        ROT_TAKEN_FOR_TORN
    }

    private static final class Run {
        private final SplittableRandom random;
        private final SimulatedDisk disk;
        private final long[] met;
        private final int segmentBytes;
        private SegmentLog log;
        private LogModel model = LogModel.EMPTY;

        /** What may be found after the process has died in an operation. */
        private List<LogModel> possible = List.of(model);

        /** What may be found if a bit flips: less of the last batch, if nothing follows it. */
        private List<LogModel> unconfirmed = List.of(model);

        private long made;

        Run(long seed, long[] met) throws IOException {
            this.random = new SplittableRandom(seed);
            this.disk = new SimulatedDisk(random.split());
            this.met = met;
            this.segmentBytes = 16_384 << random.nextInt(3);
            dieSoon();
            reopen();
        }

        void run() throws IOException {
            for (int step = 0; step < STEPS; step++) {
                try {
                    step();
                } catch (IOException e) {
                    afterFailure();
                }
                if (step % 16 == 0) {
                    assertThat(LogModel.of(log)).isEqualTo(model);
                }
                if (step % 32 == 0) {
                    rot();
                }
            }
        }

        private void step() throws IOException {
            if (random.nextInt(12) == 0) {
                dieSoon();
            }
            if (random.nextInt(60) == 0) {
                disk.failNextSync();
            }
            switch (random.nextInt(16)) {
                case 0 -> {
                    long lastKept = model.first() - 1 + random.nextInt(model.entries().size() + 1);
                    change(model.truncatedSuffix(lastKept), () -> log.truncateSuffix(lastKept));
                }
                case 1, 2 -> {
                    long firstKept = model.first() + random.nextInt(model.entries().size() + 3);
                    change(model.truncatedPrefix(firstKept), () -> log.truncatePrefix(firstKept));
                }
                case 3 -> {
                    if (random.nextInt(8) == 0) {
                        long next = 1 + random.nextInt(2 * (int) model.next());
                        change(new LogModel(next, List.of()), () -> log.reset(next));
                    }
                }
                case 4, 5 -> {
                    log.confirmIfQuiet();
                    log.confirmIfQuiet();
                    unconfirmed = List.of(model);
                }
                case 6 -> {
                    if (random.nextInt(4) == 0) {
                        log.close();
                        unconfirmed = List.of(model);
                        reopen();
                    }
                }
                default -> append();
            }
        }

        private interface Operation {
            void run() throws IOException;
        }

        private void change(LogModel after, Operation operation) throws IOException {
            if (after.equals(model)) {
                operation.run();
                return;
            }
            possible = List.of(model, after);
            operation.run();
            acknowledged(after);
        }

        private void append() throws IOException {
            List<LogModel.Entry> batch = new ArrayList<>();
            List<LogModel> maybe = new ArrayList<>(List.of(model));
            for (int left = 1 + random.nextInt(6); left > 0; left--) {
                batch.add(entry());
                maybe.add(model.with(batch));
            }
            possible = maybe;
            LogModel before = model;
            long index = model.next();
            for (LogModel.Entry entry : batch) {
                log.append(index++, entry.term(), entry.type(), entry.payload());
            }
            log.sync();
            acknowledged(before.with(batch));
        }

        private void acknowledged(LogModel after) {
            model = after;
            unconfirmed = possible;
            possible = List.of(model);
        }

        private LogModel.Entry entry() {
            // Often the same few sizes, so that records begin where others began before.
            int size =
                    switch (random.nextInt(8)) {
                        case 0 -> random.nextInt(segmentBytes / 3);
                        case 1, 2 -> random.nextInt(300);
                        default -> 8 * random.nextInt(3);
                    };
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            return new LogModel.Entry(++made, random.nextInt(4), ByteBuffer.wrap(payload));
        }

        private void dieSoon() {
            disk.dieAfter(1 + random.nextInt(random.nextBoolean() ? 4 : 40));
        }

        /** The process has died, or the log has failed, which ends it, too. */
        private void afterFailure() throws IOException {
            boolean cut = random.nextBoolean();
            count(cut ? Met.POWER_CUT : Met.KILLED);
            if (cut) {
                disk.losePower();
            } else {
                disk.restart();
            }
            if (random.nextInt(3) == 0) {
                dieSoon();
            }
            reopen();
        }

        private void reopen() throws IOException {
            while (true) {
                try {
                    log = open(disk);
                    break;
                } catch (LogCorruptedException e) {
                    throw e;
                } catch (IOException e) {
                    if (random.nextBoolean()) {
                        disk.losePower();
                    } else {
                        disk.restart();
                    }
                }
            }
            LogModel found = LogModel.of(log);
            assertThat(possible).contains(found);
            countWhatBecameOfTheBatch(found);
            model = found;
            possible = List.of(model);
            unconfirmed = possible;
        }

        private SegmentLog open(SimulatedDisk from) throws IOException {
            return SegmentLog.open(
                    from, segmentBytes, new NoReplay(), Runnable::run, (line, cause) -> {});
        }

        private void countWhatBecameOfTheBatch(LogModel found) {
            if (possible.size() > 2) {
                int kept = possible.indexOf(found);
                count(
                        kept == 0
                                ? Met.BATCH_LOST
                                : kept == possible.size() - 1
                                        ? Met.BATCH_KEPT
                                        : Met.BATCH_KEPT_IN_PART);
            }
        }

        /** In a copy: a flipped bit is seen, or it costs no more than an unconfirmed batch. */
        private void rot() throws IOException {
            SimulatedDisk rotten = disk.copy();
            List<String> names = rotten.names();
            String name = names.get(random.nextInt(names.size()));
            int used = usedBytes(rotten.bytes(name));
            rotten.flip(name, random.nextInt(Math.max(1, used)), random.nextInt(8));
            try (SegmentLog found = open(rotten)) {
                LogModel left = LogModel.of(found);
                assertThat(unconfirmed).contains(left);
                count(left.equals(model) ? Met.ROT_HARMLESS : Met.ROT_TAKEN_FOR_TORN);
            } catch (LogCorruptedException e) {
                assertThat(e).hasMessageContaining(name);
                count(Met.ROT_REFUSED);
            }
        }

        private static int usedBytes(byte[] bytes) {
            int used = bytes.length;
            while (used > 0 && bytes[used - 1] == 0) {
                used--;
            }
            return used;
        }

        private void count(Met what) {
            met[what.ordinal()]++;
        }
    }

    private static final class NoReplay implements SegmentLog.Replay {
        @Override
        public void entry(long index, long term, int type, ByteBuffer payload) {}

        @Override
        public void keep(long first, long next) {}
    }
}
