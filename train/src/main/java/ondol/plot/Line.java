package ondol.plot;

import java.awt.Color;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a line is drawn: what matplotlib's {@code plot} takes beside the data.
 *
 * @param format {@code o} for markers, {@code --} for a dashed line, {@code -} for a solid one, {@code --o} for both
 * @param color null for the next colour of the cycle
 * @param alpha from 0 (invisible) to 1
 * @param label what the legend says, or null if the line is not in the legend
 */
public record Line(
        String format,
        @Nullable Color color,
        double alpha,
        @Nullable String label) {
    /** The first colour of matplotlib's cycle, a blue. */
    public static final Color C0 = new Color(0x1f77b4);

    /** The second, an orange. */
    public static final Color C1 = new Color(0xff7f0e);

    /** The third, a green. */
    public static final Color C2 = new Color(0x2ca02c);

    /** Between black and white. */
    public static final Color GRAY = new Color(0x808080);

    private static final Color[] CYCLE = {
        C0,
        C1,
        C2,
        new Color(0xd62728),
        new Color(0x9467bd),
        new Color(0x8c564b),
        new Color(0xe377c2),
        new Color(0x7f7f7f),
        new Color(0xbcbd22),
        new Color(0x17becf)
    };

    /**
     * A line.
     *
     * @throws IllegalArgumentException for another format than {@code o}, {@code -}, {@code --}, {@code -o} or {@code --o}, or an
     *     alpha that is not from 0 to 1
     */
    public Line {
        if (!List.of("o", "-", "--", "-o", "--o").contains(format)) {
            throw new IllegalArgumentException("Line: the format is '" + format + "'; give o, -, --, -o or --o");
        }
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("Line.alpha: " + alpha + "; give 0 to 1");
        }
    }

    /**
     * A line of the next colour of matplotlib's cycle, without a label; for the format see {@link Line}.
     *
     * @param format {@code o}, {@code -}, {@code --}, {@code -o} or {@code --o}
     * @return the line
     * @throws IllegalArgumentException for another format
     */
    public static Line of(String format) {
        return new Line(format, null, 1, null);
    }

    /**
     * The same line in a colour.
     *
     * @param newColor the colour of line and markers
     * @return the line with it
     */
    public Line color(Color newColor) {
        return new Line(format, newColor, alpha, label);
    }

    /**
     * The same line, with {@code 0} for invisible to {@code 1}.
     *
     * @param newAlpha the opacity, from 0 to 1
     * @return the line with it
     * @throws IllegalArgumentException for another number
     */
    public Line alpha(double newAlpha) {
        return new Line(format, color, newAlpha, label);
    }

    /**
     * The same line, with what a legend says of it.
     *
     * @param newLabel the text in the legend
     * @return the line with it
     */
    public Line label(String newLabel) {
        return new Line(format, color, alpha, newLabel);
    }

    /** A colour of the cycle, which begins anew after ten. */
    static Color cycle(int index) {
        return CYCLE[index % CYCLE.length];
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
