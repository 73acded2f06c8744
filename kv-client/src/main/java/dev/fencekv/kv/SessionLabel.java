package dev.fencekv.kv;

/**
 * What people call a session, e.g. {@code billing-7@host}: up to {@link
 * Limits#SESSION_LABEL_BYTES_MAX} bytes of text. Shown in evidence; has no meaning to the store.
 */
public record SessionLabel(String value) {
    public static final SessionLabel NONE = new SessionLabel("");

    public SessionLabel {
        Text.checkedName(value, 0, Limits.SESSION_LABEL_BYTES_MAX, "session label");
    }

    @Override
    public String toString() {
        return value;
    }
}
