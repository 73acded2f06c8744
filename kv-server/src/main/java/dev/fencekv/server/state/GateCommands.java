package dev.fencekv.server.state;

import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.Status;
import dev.fencekv.server.command.Command;
import dev.fencekv.server.command.Outcome;
import dev.fencekv.server.command.RefusalReason;
import dev.fencekv.server.command.Setting;
import org.jspecify.annotations.Nullable;

/** Admits to resources outside the store, and removes gates. */
final class GateCommands {
    private final Gates gates;
    private final FencingRules fencing;
    private final Settings settings;
    private final Change change;
    private final Answers answers;

    GateCommands(
            Gates gates, FencingRules fencing, Settings settings, Change change, Answers answers) {
        this.gates = gates;
        this.fencing = fencing;
        this.settings = settings;
        this.change = change;
        this.answers = answers;
    }

    /** What forbids the admission, counted by the gate; null if nothing does. */
    @Nullable FenceViolation objection(Command.Admit admit) {
        Gate gate = gates.find(admit.resource());
        FenceViolation violation = judge(gate, admit);
        if (gate != null && violation != null) {
            gates.countRefusal(gate);
        }
        return violation;
    }

    private @Nullable FenceViolation judge(@Nullable Gate gate, Command.Admit admit) {
        if (gate == null) {
            return fencing.judgeAtGate(admit.lock(), admit.token(), admit.token());
        }
        return gate.lock.equals(admit.lock())
                ? fencing.judgeAtGate(gate.lock, admit.token(), gate.mark)
                : fencing.ofOtherLock(gate.lock, admit.token());
    }

    /** Nothing forbids it. */
    Outcome admit(Command.Admit admit) {
        Gate gate = gates.find(admit.resource());
        if (gate == null) {
            long most = settings.get(Setting.GATES_MAX);
            if (gates.count() >= most) {
                return answers.refused(Status.QUOTA_EXCEEDED, RefusalReason.GATES, most);
            }
            change.effect();
            gates.add(new Gate(admit.resource(), admit.lock(), admit.token(), change.revision()));
        } else if (admit.token().compareTo(gate.mark) > 0) {
            change.effect();
            gates.raise(gate, admit.token(), change.revision());
        }
        return answers.done();
    }

    Outcome remove(Command.RemoveGate remove) {
        Gate gate = gates.find(remove.resource());
        if (gate == null) {
            return answers.plain(Status.NOT_FOUND);
        }
        change.effect();
        gates.remove(gate);
        return answers.done();
    }
}
