package dev.fencekv.bench.torture;

import dev.fencekv.bench.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * A page that shows when which fault met whom, and beside it what the clients did: a row for each
 * node and client process, a bar for each fault and for each operation, with what it was when the
 * mouse is over it. Stateless.
 */
final class Timeline {
    private static final int ROW_PX = 22;
    private static final int LEFT_PX = 90;
    private static final int PX_PER_SECOND = 40;

    private Timeline() {}

    static String html(
            TorturePlan plan,
            long startNanos,
            List<Happening> happenings,
            MergedHistory history,
            String verdicts) {
        List<String> rows = new ArrayList<>();
        for (int n = 1; n <= plan.nodes(); n++) {
            rows.add("node " + n);
        }
        for (int n = 1; n <= plan.clients(); n++) {
            rows.add("client " + n);
        }
        TreeSet<Long> processes = new TreeSet<>();
        history.events().forEach(event -> processes.add(event.whole("process")));
        processes.forEach(process -> rows.add("p" + process));
        StringBuilder bars = new StringBuilder();
        double end = 0;
        for (Happening each : happenings) {
            double from = seconds(each.fromNanos(), startNanos);
            double to = seconds(each.toNanos(), startNanos);
            end = Math.max(end, to);
            bar(
                    bars,
                    rows.indexOf(each.target()),
                    from,
                    to,
                    each.kind().text(),
                    each.kind().text() + ": " + each.what());
        }
        end = Math.max(end, operations(bars, rows, startNanos, history));
        return page(plan, rows, bars, end, verdicts);
    }

    /** Returns when the last one ended, in seconds. */
    private static double operations(
            StringBuilder bars, List<String> rows, long startNanos, MergedHistory history) {
        Map<Long, JsonObject> open = new HashMap<>();
        double end = 0;
        for (JsonObject event : history.events()) {
            long process = event.whole("process");
            if (event.text("type").equals("invoke")) {
                open.put(process, event);
                continue;
            }
            JsonObject call = open.remove(process);
            if (call == null) {
                continue;
            }
            double from = seconds(call.whole("at"), startNanos);
            double to = seconds(event.whole("at"), startNanos);
            end = Math.max(end, to);
            String what =
                    call.text("f")
                            + " "
                            + call.text("key")
                            + " "
                            + call.valueOr("value", "")
                            + " "
                            + event.text("type")
                            + " "
                            + event.valueOr("value", "");
            bar(bars, rows.indexOf("p" + process), from, to, event.text("type"), what);
        }
        return end;
    }

    private static double seconds(long nanos, long startNanos) {
        return (nanos - startNanos) / 1e9;
    }

    private static void bar(
            StringBuilder out, int row, double from, double to, String style, String title) {
        out.append(
                String.format(
                        Locale.ROOT,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>%.3f s:"
                                + " %s</title></rect>%n",
                        style,
                        LEFT_PX + from * PX_PER_SECOND,
                        row * ROW_PX + 3,
                        Math.max(0.5, (to - from) * PX_PER_SECOND),
                        ROW_PX - 6,
                        from,
                        title.replace("&", "&amp;").replace("<", "&lt;")));
    }

    private static String page(
            TorturePlan plan, List<String> rows, StringBuilder bars, double end, String verdicts) {
        int width = LEFT_PX + (int) Math.ceil(end + 1) * PX_PER_SECOND;
        int height = (rows.size() + 1) * ROW_PX;
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            lines.append(
                    String.format(
                            "<text x=\"4\" y=\"%d\">%s</text>%n", i * ROW_PX + 15, rows.get(i)));
        }
        for (int second = 0; second <= end; second += 5) {
            int x = LEFT_PX + second * PX_PER_SECOND;
            lines.append(
                    String.format(
                            "<line x1=\"%d\" y1=\"0\" x2=\"%d\" y2=\"%d\"/><text x=\"%d\""
                                    + " y=\"%d\">%d s</text>%n",
                            x, x, rows.size() * ROW_PX, x + 2, height - 6, second));
        }
        return """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><title>torture, seed %d</title>
                <style>
                body { font: 14px sans-serif; margin: 16px }
                pre { font-size: 13px }
                svg text { font: 12px sans-serif; fill: #333 }
                line { stroke: #ddd }
                .ok { fill: #7fb77f } .fail { fill: #e0a030 } .info { fill: #c04040 }
                .kill, .restart { fill: #222 } .pause { fill: #6070c0 } .partition { fill: #a050a0 }
                .clock { fill: #40a0a0 } .disk { fill: #a07040 }
                </style></head><body>
                <h1>Torture, seed %d</h1>
                <pre>%s</pre>
                <p>Faults: black: killed or stopped, blue: paused, violet: links, teal: clock, brown: disk.
                Operations: green: done, orange: refused, red: outcome unknown. Point at a bar to see what it was.</p>
                <div style="overflow-x: auto"><svg width="%d" height="%d">
                %s%s</svg></div>
                </body></html>
                """
                .formatted(
                        plan.seed(),
                        plan.seed(),
                        verdicts.replace("&", "&amp;").replace("<", "&lt;"),
                        width,
                        height,
                        lines,
                        bars);
    }
}
