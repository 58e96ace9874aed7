package ondol.op;

/** How {@link Resizing#interpolate} computes elements between those of its input; PyTorch's {@code mode}. */
public enum InterpolationMode {
    /** The element whose place is {@code floor(o in / out)}, over one to three axes. */
    NEAREST("nearest"),

    /** The element whose place is {@code floor((o + 0.5) in / out)}, over one to three axes. */
    NEAREST_EXACT("nearest-exact"),

    /** Linear between two neighbours, over one axis. */
    LINEAR("linear"),

    /** Linear between two neighbours along each of two axes. */
    BILINEAR("bilinear"),

    /** Linear between two neighbours along each of three axes. */
    TRILINEAR("trilinear"),

    /** Cubic convolution of four neighbours along each of two axes, with a = -0.75 (Keys, 1981). */
    BICUBIC("bicubic"),

    /** Averages, as {@link AdaptivePooling}, over one to three axes. */
    AREA("area");

    private final String text;

    InterpolationMode(String text) {
        this.text = text;
    }

    /** {@return PyTorch's name of the mode} */
    public String text() {
        return text;
    }

    boolean fits(int axes) {
        return switch (this) {
            case LINEAR -> axes == 1;
            case BILINEAR, BICUBIC -> axes == 2;
            case TRILINEAR -> axes == 3;
            case NEAREST, NEAREST_EXACT, AREA -> axes >= 1 && axes <= 3;
        };
    }

    boolean takesAlignCorners() {
        return this == LINEAR || this == BILINEAR || this == TRILINEAR || this == BICUBIC;
    }

    /** The name that {@code gradFn} gives. */
    String gradName(int axes) {
        String name = switch (this) {
            case NEAREST -> "Nearest";
            case NEAREST_EXACT -> "NearestExact";
            case LINEAR -> "Linear";
            case BILINEAR -> "Bilinear";
            case TRILINEAR -> "Trilinear";
            case BICUBIC -> "Bicubic";
            case AREA -> "Area";
        };
        return "Upsample" + name + axes + "DBackward0";
    }
}
