package dev.fencekv.server.state;

import dev.fencekv.server.command.BytesOut;

/**
 * One thing of the state that lives on the heap. Its bytes are what the digest is made of and what
 * a snapshot holds; every change of them is announced to the {@link Ledger}.
 */
abstract class Item {
    /** What this item adds to the digest; 0 while it is not part of the state. */
    long share;

    /** The walk that has written or set aside this item, or that it is too new for; 0 for none. */
    long walkMark;

    abstract ItemKind kind();

    /** What tells it from other items of its kind. Never changes. */
    abstract void encodeKey(BytesOut out);

    abstract void encodeContent(BytesOut out);
}
