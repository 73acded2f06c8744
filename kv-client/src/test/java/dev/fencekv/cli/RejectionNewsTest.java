package dev.fencekv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.Rejection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RejectionNewsTest {
    private static Rejection rejection(long revision, long repeats) {
        return Rejected.of(revision, FenceReason.RELEASED).times(repeats).build();
    }

    @Test
    void whatWasToldIsNoNewsUntilItIsRepeated() {
        RejectionNews news = new RejectionNews(0);
        Rejection first = rejection(5, 1);
        assertThat(news.in(List.of(first))).containsExactly(first);
        assertThat(news.in(List.of(first))).isEmpty();
        Rejection risen = rejection(5, 3);
        Rejection second = rejection(9, 1);
        assertThat(news.in(List.of(risen, second))).containsExactly(risen, second);
        assertThat(news.in(List.of(risen, second))).isEmpty();
    }

    @Test
    void whatWasPushedOffTheRecordIsNoNews() {
        RejectionNews news = new RejectionNews(0);
        news.in(List.of(rejection(5, 1), rejection(9, 1)));
        assertThat(news.in(List.of(rejection(9, 1)))).isEmpty();
        assertThat(news.after()).isZero();
    }

    @Test
    void onlyTheNewestAreWatchedForRepeats() {
        RejectionNews news = new RejectionNews(4);
        assertThat(news.after()).isEqualTo(4);
        List<Rejection> all = new ArrayList<>();
        for (int i = 0; i < RejectionNews.WATCHED_MAX + 2; i++) {
            all.add(rejection(10 + i, 1));
        }
        assertThat(news.in(all)).hasSize(RejectionNews.WATCHED_MAX + 2);
        assertThat(news.after()).isEqualTo(11);
        List<Rejection> watched = all.subList(2, all.size());
        assertThat(news.in(watched)).isEmpty();
        assertThat(news.after()).isEqualTo(11);
    }
}
