package dev.fencekv.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}. */
final class DurationText implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        int unitAt = 0;
        while (unitAt < text.length() && Character.isDigit(text.charAt(unitAt))) {
            unitAt++;
        }
        try {
            long amount = Long.parseLong(text.substring(0, unitAt));
            return switch (text.substring(unitAt)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "h" -> Duration.ofHours(amount);
                default -> throw notADuration(text);
            };
        } catch (NumberFormatException | ArithmeticException e) {
            throw notADuration(text);
        }
    }

    private static TypeConversionException notADuration(String text) {
        return new TypeConversionException(
                "'" + text + "' is not a duration (want 500ms, 10s, 5m or 2h)");
    }
}
