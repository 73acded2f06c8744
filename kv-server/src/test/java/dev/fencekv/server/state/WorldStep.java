package dev.fencekv.server.state;

import dev.fencekv.kv.Limits;

/**
 * One step of a {@link SmallWorld}, as a counterexample prints it. Clients are 0 (A) and 1 (B); a
 * set of clients is a mask, bit 0 for A.
 */
interface WorldStep {
    void take(SmallWorld world);

    /** A command leaves its client; the network has it from now on, for ever. */
    record Send(int client, WorldPlan.Verb verb) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.send(client, verb);
        }

        @Override
        public String toString() {
            return name(client) + " sends " + verb;
        }
    }

    /** A command is sent and applied at once; its answer is heard, or lost. */
    record Call(int client, WorldPlan.Verb verb, boolean heard) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.deliver(client, world.send(client, verb), heard);
        }

        @Override
        public String toString() {
            return name(client) + " does " + verb + (heard ? "" : " and hears no answer");
        }
    }

    /**
     * A command that was sent is applied: for the first time, or again, because the network repeats
     * it or the client asks again by the same number.
     *
     * @param number of the command among those of its client, from 0
     */
    record Deliver(int client, int number, WorldPlan.Verb verb, boolean heard)
            implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.deliver(client, number, heard);
        }

        @Override
        public String toString() {
            return name(client)
                    + "'s command "
                    + (number + 1)
                    + ", "
                    + verb
                    + ", comes to be applied"
                    + (heard ? ", and it hears the answer" : "");
        }
    }

    /** A renewal leaves its client; it waits with the leader for a tick. */
    record Renew(int client) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.renew(client);
        }

        @Override
        public String toString() {
            return name(client) + " sends a renewal";
        }
    }

    /** Time passes and nobody ticks. */
    record Pass(long ms) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.pass(ms);
        }

        @Override
        public String toString() {
            return ms + " ms pass without a tick";
        }
    }

    /** The leader ticks with the renewals of {@code renewing}; others stay on their way. */
    record Tick(int renewing) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.tick(renewing);
        }

        @Override
        public String toString() {
            return "a tick" + renewals(renewing);
        }
    }

    /** A TTL and its slack pass in full ticks; {@code renewing} send a renewal before each. */
    record LongTime(int renewing) implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.longTime(renewing);
        }

        @Override
        public String toString() {
            return SmallWorld.LONG_TIME_TICKS
                    + " ticks of "
                    + Limits.TICK_ELAPSED_MS_MAX
                    + " ms"
                    + renewals(renewing);
        }
    }

    /** Another leader: what waited for a tick of the old one is gone, and its first has 0 ms. */
    record NewLeader() implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.newLeader();
        }

        @Override
        public String toString() {
            return "a new leader";
        }
    }

    record Revoke() implements WorldStep {
        @Override
        public void take(SmallWorld world) {
            world.revoke();
        }

        @Override
        public String toString() {
            return "an operator revokes the grant";
        }
    }

    private static String renewals(int clients) {
        StringBuilder text = new StringBuilder();
        for (int client = 0; client < SmallWorld.CLIENTS; client++) {
            if ((clients & 1 << client) != 0) {
                text.append(text.isEmpty() ? " that renew " : " and ").append(name(client));
            }
        }
        return text.toString();
    }

    static String name(int client) {
        return Character.toString('A' + client);
    }
}
