package dev.fencekv.bench.report;

import dev.fencekv.bench.plot.Picture;
import java.util.List;

/** A self-contained HTML page: no script, no font, no picture from elsewhere. */
public final class Page {
    private static final String STYLE =
            """
            body { font: 15px/1.5 'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif; color: #222;
                   max-width: 1010px; margin: 32px auto; padding: 0 20px; }
            h1 { font-size: 26px; } h2 { font-size: 20px; margin-top: 40px; }
            p.lead { color: #646464; }
            svg { width: 100%; height: auto; border: 1px solid #e4e4e4; border-radius: 6px; margin: 10px 0; }
            .scroll { overflow-x: auto; }
            table { border-collapse: collapse; font-size: 13px; margin: 12px 0; }
            th, td { padding: 4px 10px; border-bottom: 1px solid #e4e4e4; text-align: right;
                     font-variant-numeric: tabular-nums; }
            th { color: #646464; font-weight: normal; } th:first-child, td:first-child { text-align: left; }
            pre { background: #f6f6f6; padding: 14px; overflow-x: auto; font-size: 12px; border-radius: 6px; }
            """;

    private final StringBuilder body = new StringBuilder();
    private final String title;

    public Page(String title) {
        this.title = title;
        body.append("<h1>").append(escaped(title)).append("</h1>\n");
    }

    public Page heading(String text) {
        body.append("<h2>").append(escaped(text)).append("</h2>\n");
        return this;
    }

    public Page lead(String text) {
        body.append("<p class=\"lead\">").append(escaped(text)).append("</p>\n");
        return this;
    }

    public Page picture(Picture picture) {
        body.append(picture.svg());
        return this;
    }

    public Page preformatted(String text) {
        body.append("<pre>").append(escaped(text)).append("</pre>\n");
        return this;
    }

    public Page table(List<String> header, List<List<String>> rows) {
        body.append("<div class=\"scroll\"><table>\n<tr>");
        header.forEach(each -> body.append("<th>").append(escaped(each)).append("</th>"));
        body.append("</tr>\n");
        for (List<String> row : rows) {
            body.append("<tr>");
            row.forEach(each -> body.append("<td>").append(escaped(each)).append("</td>"));
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
        return this;
    }

    public String html() {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<title>"
                + escaped(title)
                + "</title>\n<style>\n"
                + STYLE
                + "</style></head>\n<body>\n"
                + body
                + "</body></html>\n";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
