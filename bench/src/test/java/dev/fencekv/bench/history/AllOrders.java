package dev.fencekv.bench.history;

import java.util.ArrayList;
import java.util.List;

/** Linearizability by its definition: tries every subset of what is unknown, in every order. */
final class AllOrders {
    private AllOrders() {}

    static boolean explain(Model model, List<Operation> operations) {
        return explain(model, model.initial(), operations.stream().filter(model::counts).toList());
    }

    private static boolean explain(Model model, Object state, List<Operation> left) {
        if (left.stream().allMatch(each -> each.outcome() == Operation.Outcome.UNKNOWN)) {
            return true;
        }
        for (Operation next : left) {
            boolean mayComeNext =
                    left.stream().noneMatch(other -> other.returned() < next.called());
            Object after = mayComeNext ? model.step(state, next) : null;
            if (after != null) {
                List<Operation> rest = new ArrayList<>(left);
                rest.remove(next);
                if (explain(model, after, rest)) {
                    return true;
                }
            }
        }
        return false;
    }
}
