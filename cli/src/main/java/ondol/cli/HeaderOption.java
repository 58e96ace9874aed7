package ondol.cli;

import ondol.data.Table;
import picocli.CommandLine.Option;

/** How a table's file is read. */
final class HeaderOption {
    @Option(
            names = "--header",
            paramLabel = "WHAT",
            description =
                    "names or none: what the first line of a CSV file has. Default: names, unless it has numbers only.")
    private String header = "";

    Table.Header header() {
        return switch (header) {
            case "" -> Table.Header.GUESS;
            case "names" -> Table.Header.NAMES;
            case "none" -> Table.Header.NONE;
            default -> throw new IllegalArgumentException("--header " + header + ": write names or none");
        };
    }
}
