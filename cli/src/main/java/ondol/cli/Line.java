package ondol.cli;

import java.awt.Color;
import org.jspecify.annotations.Nullable;

/**
 * How a line is drawn: what matplotlib's {@code plot} takes besides the data.
 *
 * @param format {@code o} for markers, {@code --} for a dashed line, {@code -} for a solid one, {@code --o} for both
 * @param color null for the next colour of the cycle
 * @param alpha from 0 (invisible) to 1
 * @param label what the legend says, or null if the line is not in the legend
 */
record Line(
        String format,
        @Nullable Color color,
        double alpha,
        @Nullable String label) {
    /** Matplotlib's colour cycle begins with these. */
    static final Color C0 = new Color(0x1f77b4);

    static final Color C1 = new Color(0xff7f0e);
    static final Color C2 = new Color(0x2ca02c);
    static final Color GRAY = new Color(0x808080);

    static Line of(String format) {
        return new Line(format, null, 1, null);
    }

    Line color(Color newColor) {
        return new Line(format, newColor, alpha, label);
    }

    Line alpha(double newAlpha) {
        return new Line(format, color, newAlpha, label);
    }

    Line label(String newLabel) {
        return new Line(format, color, alpha, newLabel);
    }

    boolean hasMarkers() {
        return format.endsWith("o");
    }

    boolean isDashed() {
        return format.startsWith("--");
    }

    boolean isSolid() {
        return format.startsWith("-") && !isDashed();
    }
}
