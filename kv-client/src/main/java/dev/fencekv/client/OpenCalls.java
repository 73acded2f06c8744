package dev.fencekv.client;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls that are not over, oldest first: a list through the calls themselves, so that none of
 * them costs an entry. Owned by the event loop.
 */
final class OpenCalls {
    private @Nullable Call first;
    private @Nullable Call last;
    private int size;

    int size() {
        return size;
    }

    /** {@code call} must not be here. */
    void add(Call call) {
        Call before = last;
        call.open = true;
        call.previous = before;
        if (before == null) {
            first = call;
        } else {
            before.next = call;
        }
        last = call;
        size++;
    }

    /** Does nothing if {@code call} is not here: it may have been refused before it came so far. */
    void remove(Call call) {
        if (!call.open) {
            return;
        }
        call.open = false;
        Call before = call.previous;
        Call after = call.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        call.previous = null;
        call.next = null;
        size--;
    }

    /** Those that are here now. */
    List<Call> copy() {
        List<Call> all = new ArrayList<>(size);
        for (Call call = first; call != null; call = call.next) {
            all.add(call);
        }
        return all;
    }
}
