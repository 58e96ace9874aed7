package ondol.cli;

import java.util.List;
import ondol.cli.Report.Cell;

/** The lecture as one HTML page: text, code, what it printed, and the figures, which lie beside the page. */
final class HtmlPage {
    private static final String STYLE = """
            :root {
              color-scheme: light dark;
              --text: #1d2127; --quiet: #5c6570; --page: #ffffff; --code: #f4f5f7; --edge: #d8dce1; --accent: #b3541e;
            }
            @media (prefers-color-scheme: dark) {
              :root {
                --text: #e4e6e9; --quiet: #9aa4b0; --page: #16181c; --code: #20242a; --edge: #363c45; --accent: #f0a06b;
              }
            }
            body {
              margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem;
              color: var(--text); background: var(--page);
              font: 1rem/1.6 system-ui, sans-serif;
            }
            h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; }
            h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; padding-bottom: .3rem; border-bottom: 2px solid var(--accent); }
            h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; color: var(--accent); }
            .subtitle { margin: 0; color: var(--quiet); }
            pre {
              margin: .75rem 0; padding: .6rem .9rem; overflow-x: auto;
              font: .86rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
            }
            .code {
              display: grid; grid-template-columns: 3fr 2fr; margin: .75rem 0;
              background: var(--code); border: 1px solid var(--edge); border-radius: 6px;
            }
            .code pre { margin: 0; }
            .code pre + pre { border-left: 1px solid var(--edge); color: var(--quiet); }
            .code b { display: block; color: var(--quiet); font: .7rem/1.6 system-ui, sans-serif; }
            @media (max-width: 50rem) {
              .code { grid-template-columns: 1fr; }
              .code pre + pre { border-left: 0; border-top: 1px solid var(--edge); }
            }
            pre.output { padding-top: 0; }
            figure { margin: .75rem 0 1.75rem; }
            figure img {
              display: block; width: auto; max-width: 100%; max-height: 20rem; background: #fff;
              border: 1px solid var(--edge); border-radius: 6px;
            }
            figcaption { margin-top: .35rem; color: var(--quiet); font-size: .86rem; }
            """;

    private HtmlPage() {}

    static String of(String title, String subtitle, List<Cell> cells) {
        StringBuilder html = new StringBuilder("""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s</title>
                <style>
                %3$s</style>
                </head>
                <body>
                <h1>%1$s</h1>
                <p class="subtitle">%2$s</p>
                """.formatted(escape(title), escape(subtitle), STYLE));
        for (Cell cell : cells) {
            html.append(
                    switch (cell) {
                        case Cell.Heading heading -> heading(heading);
                        case Cell.Note note -> "<p>" + escape(note.text()) + "</p>\n";
                        case Cell.Code code -> code(code.java(), code.python());
                        case Cell.Output output -> code(output.java(), output.python()) + output(output.text());
                        case Cell.Picture picture -> code(picture.java(), picture.python()) + picture(picture);
                    });
        }
        return html.append("</body>\n</html>\n").toString();
    }

    private static String heading(Cell.Heading heading) {
        String tag = heading.isSection() ? "h2" : "h3";
        return "<" + tag + ">" + escape(heading.title()) + "</" + tag + ">\n";
    }

    private static String code(String java, String python) {
        return "<div class=\"code\">" + code("Java", "java", java) + code("PyTorch", "torch", python) + "</div>\n";
    }

    private static String code(String language, String name, String code) {
        return "<pre class=\"" + name + "\" aria-label=\"" + language + "\"><b>" + language + "</b>" + escape(code)
                + "</pre>\n";
    }

    private static String output(String text) {
        return "<pre class=\"output\">" + escape(text) + "</pre>\n";
    }

    private static String picture(Cell.Picture picture) {
        String caption = escape(picture.caption());
        return "<figure><img src=\"" + escape(picture.file()) + "\" alt=\"" + caption + "\"><figcaption>" + caption
                + "</figcaption></figure>\n";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
