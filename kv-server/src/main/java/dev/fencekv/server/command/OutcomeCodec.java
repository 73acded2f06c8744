package dev.fencekv.server.command;

import dev.fencekv.check.Check;
import dev.fencekv.clock.HybridTimestamp;
import dev.fencekv.kv.FenceReason;
import dev.fencekv.kv.FenceViolation;
import dev.fencekv.kv.FencingToken;
import dev.fencekv.kv.LockName;
import dev.fencekv.kv.SessionId;
import dev.fencekv.kv.SessionLabel;
import dev.fencekv.kv.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The bytes of remembered outcomes in digest and snapshot. Stateless. */
public final class OutcomeCodec {
    /** In the place of the reason why a token ended. */
    private static final int NOT_KNOWN = 0;

    private OutcomeCodec() {}

    public static void encode(Outcome outcome, BytesOut out) {
        out.putByte(outcome.status().code());
        out.putLong(outcome.revision());
        out.putLong(outcome.at().packed());
        encodeResult(outcome.result(), out);
    }

    /** Throws {@link CorruptBytesException} or {@link NewerFormatException}. */
    public static Outcome decode(BytesIn in) {
        return BytesIn.decoding("outcome", () -> decodeChecked(in));
    }

    private static Outcome decodeChecked(BytesIn in) {
        Status status = in.getCode("status", OutcomeCodec::statusOf);
        long revision = in.getLong();
        HybridTimestamp at = new HybridTimestamp(in.getLong());
        return new Outcome(status, revision, at, decodeResult(in));
    }

    /** Clients take an unknown status for OUTCOME_UNKNOWN; here it would be another outcome. */
    private static Status statusOf(int code) {
        Status status = Status.ofCode(code);
        Check.argument(status.code() == code, "unknown status");
        return status;
    }

    public static void encodeResult(Outcome.Result result, BytesOut out) {
        out.putByte(result.kind().code());
        switch (result.kind()) {
            case NOTHING, GONE -> {}
            case TOKEN -> out.putLong(((Outcome.Token) result).token().value());
            case SESSION_OPENED -> {
                Outcome.SessionOpened opened = (Outcome.SessionOpened) result;
                out.putLong(opened.session().value());
                out.putLong(opened.ttlMs());
            }
            case FENCED -> encodeFenced((Outcome.Fenced) result, out);
            case CONDITION_FAILED ->
                    out.putLong(((Outcome.ConditionFailed) result).actualRevision());
            case REFUSED -> {
                Outcome.Refused refused = (Outcome.Refused) result;
                out.putShort(refused.reason().code());
                out.putLong(refused.number());
            }
            case NUMBER -> out.putLong(((Outcome.Number) result).number());
            case TRANSACTED -> TransactionCodec.encodeResults((Outcome.Transacted) result, out);
            case SESSION_EXPIRED ->
                    out.putBoolean(((Outcome.SessionExpired) result).outcomesGone());
        }
    }

    private static Outcome.Result decodeResult(BytesIn in) {
        return switch (Outcome.ResultKind.ofCode(in.getByte())) {
            case NOTHING -> Outcome.NOTHING;
            case TOKEN -> new Outcome.Token(new FencingToken(in.getLong()));
            case SESSION_OPENED ->
                    new Outcome.SessionOpened(new SessionId(in.getLong()), in.getLong());
            case FENCED -> decodeFenced(in);
            case CONDITION_FAILED -> new Outcome.ConditionFailed(in.getLong());
            case REFUSED -> new Outcome.Refused(RefusalReason.ofCode(in.getShort()), in.getLong());
            case SESSION_EXPIRED -> new Outcome.SessionExpired(in.getBoolean());
            case GONE -> Outcome.GONE;
            case NUMBER -> new Outcome.Number(in.getLong());
            case TRANSACTED -> TransactionCodec.decodeResults(in);
        };
    }

    private static void encodeFenced(Outcome.Fenced fenced, BytesOut out) {
        out.putInt(fenced.total());
        out.putByte(fenced.violations().size());
        for (FenceViolation violation : fenced.violations()) {
            encodeViolation(violation, out);
        }
    }

    private static Outcome.Fenced decodeFenced(BytesIn in) {
        int total = in.getInt();
        int count = in.getByte();
        List<FenceViolation> violations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            violations.add(decodeViolation(in));
        }
        return new Outcome.Fenced(violations, total);
    }

    public static void encodeViolation(FenceViolation violation, BytesOut out) {
        out.putByte(violation.reason().code());
        out.putText(violation.lock().value());
        out.putLong(violation.shown().value());
        out.putLong(violation.live().value());
        out.putByte(violation.ended().map(FenceReason::code).orElse(NOT_KNOWN));
        out.putLong(violation.endedRevision());
        out.putLong(violation.endedAt().packed());
        out.putText(violation.successor().value());
    }

    public static FenceViolation decodeViolation(BytesIn in) {
        return new FenceViolation(
                in.getCode("fence reason", FenceReason::ofCode),
                new LockName(in.getText()),
                new FencingToken(in.getLong()),
                new FencingToken(in.getLong()),
                in.getCode("fence reason", OutcomeCodec::endedOf),
                in.getLong(),
                new HybridTimestamp(in.getLong()),
                new SessionLabel(in.getText()));
    }

    private static Optional<FenceReason> endedOf(int code) {
        return code == NOT_KNOWN ? Optional.empty() : Optional.of(FenceReason.ofCode(code));
    }
}
