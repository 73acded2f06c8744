package dev.fencekv.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fencekv.clock.MonotonicClock;
import dev.fencekv.clock.WallClock;
import dev.fencekv.io.SocketIo;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.wire.Reply;
import dev.fencekv.wire.Request;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class DispatcherTest extends ClientFixture {
    private static final Dispatcher.Watcher NOBODY =
            new Dispatcher.Watcher() {
                @Override
                public void sessionExpired(LiveSession session) {}

                @Override
                public void settled(Call call, Reply reply) {}

                @Override
                public void over(Call call) {}
            };

    @Test
    void aNameWhoseLookupHangsDoesNotStopTheOthers() throws Exception {
        FakeNode node = node();
        EventLoopGroup group = SocketIo.eventLoops("dispatcher", 1);
        try {
            EventLoop loop = group.next();
            Dispatcher dispatcher =
                    new Dispatcher(
                            options("nowhere.example:7400", node.endpoint()),
                            loop,
                            (nanos, task) -> {
                                loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
                                return () -> {};
                            },
                            new Clocks(WallClock.SYSTEM, MonotonicClock.SYSTEM),
                            new SeenMarks(),
                            lookup -> {},
                            NOBODY);
            Answer<Reply> pong = new Answer<>(Function.identity());
            Call ping = Call.plain(Call.Kind.READ, new Request.Ping(), Call.NO_DEADLINE, pong);
            loop.execute(
                    () -> {
                        dispatcher.admit(ping);
                        dispatcher.send(ping);
                    });
            assertThat(get(pong).body()).isEqualTo(Reply.NOTHING);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static ClientOptions options(String... endpoints) {
        Duration any = Duration.ofSeconds(10);
        return new ClientOptions(List.of(endpoints), any, any, SessionLabel.NONE, null, any, null);
    }
}
