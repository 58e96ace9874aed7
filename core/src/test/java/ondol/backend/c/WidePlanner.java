package ondol.backend.c;

/** A planner whose indices all have 64 bits, as only operands of many GB need them. */
public final class WidePlanner {
    private WidePlanner() {}

    /** With matrix products cut up in this way, and all else as for the devices whose way that is. */
    public static Planner of(MatMulTiles tiles) {
        return Planner.ofWide(tiles, tiles.kind() == MatMulTiles.Kind.TILED);
    }
}
