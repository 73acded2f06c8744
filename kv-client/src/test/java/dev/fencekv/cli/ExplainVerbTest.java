package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.FenceReason;
import org.junit.jupiter.api.Test;

class ExplainVerbTest extends CliFixture {
    @Test
    void aZombiesWriteIsToldWithBothTokensAndItsSuccessor() {
        store.record(
                Rejected.of(21, FenceReason.SUPERSEDED)
                        .ended(FenceReason.EXPIRED)
                        .live(34, "worker-2")
                        .build());
        Ran ran = kvcli("explain", "21");
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .startsWith("Rejection 21: SUPERSEDED, the write was refused\n")
                .contains("worker-1 (session 3) tried to write key disk/7, showing token 33")
                .contains("Live at that time: token 34, held by worker-2.");
    }

    @Test
    void jsonHasTheSameFactsAsOneObject() {
        kvcli("guard", "set", "disk/", "--lock", "disk", "--force");
        store.record(
                Rejected.of(21, FenceReason.SUPERSEDED)
                        .ended(FenceReason.EXPIRED)
                        .live(34, "worker-2")
                        .times(7)
                        .build());
        assertThat(kvcli("explain", "21", "-o", "json").out())
                .hasLineCount(1)
                .startsWith(
                        "{\"revision\":21,\"at\":\"2023-11-14T22:13:29.000Z+0000\","
                                + "\"reason\":\"SUPERSEDED\",\"enforced\":true,\"attempt\":\"write\","
                                + "\"session\":\"3\",\"label\":\"worker-1\",\"key\":\"disk/7\","
                                + "\"lock\":\"disk\",\"shown\":\"33\",\"live\":\"34\","
                                + "\"holder\":\"worker-2\",\"successor\":\"worker-2\","
                                + "\"ended\":\"EXPIRED\",\"ended_revision\":12,"
                                + "\"ended_at\":\"2023-11-14T22:13:27.000Z+0000\","
                                + "\"guards\":[{\"prefix\":\"disk/\",\"rule\":\"strict\","
                                + "\"mode\":\"enforce\"}],\"repeats\":7,\"rule\":\"")
                .contains("\"meaning\":\"A zombie writer")
                .contains("\"advice\":\"The writer must stop");
    }

    @Test
    void whoHoldsTheLiveTokenIsAskedWhereTheEvidenceDoesNotSay() {
        long live = store.grantToStranger("disk").value();
        store.record(Rejected.of(21, FenceReason.UNKNOWN_TOKEN).live(live, "").build());
        assertThat(kvcli("explain", "21").out()).contains("token " + live + ", held by someone.");
        store.grantToStranger("disk");
        assertThat(kvcli("explain", "21", "-o", "json").out()).contains("\"holder\":null");
    }

    @Test
    void whatIsNotOnRecordIsANegativeAnswer() {
        store.record(Rejected.of(22, FenceReason.EXPIRED).build());
        Ran ran = kvcli("explain", "21");
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err())
                .isEqualTo(
                        "kvcli: rejection 21 is not, or no longer, on record."
                                + " Those that are: kvcli rejections\n");
        assertThat(kvcli("explain", "23").code()).isEqualTo(1);
    }

    @Test
    void anIdThatIsNoneIsWrongUsage() {
        assertThat(kvcli("explain", "0").err()).contains("ID wants a revision, 1 or more");
    }
}
