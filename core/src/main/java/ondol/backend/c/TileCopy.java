package ondol.backend.c;

import ondol.backend.c.MatMulWriter.Sizes;

/**
 * How 256 work items copy a tile of A or B to local memory, where it lies with its rows, or columns, side by side. Neighbours
 * in memory are copied by neighbours, or four at once by one of them, where they begin at multiples of four.
 *
 * @param tile "a" or "b"
 * @param length the tile's rows, or columns
 * @param depth its steps of k
 * @param alongK whether neighbours in memory are steps of k
 * @param four whether four of them are copied at once
 */
record TileCopy(String tile, int length, int depth, boolean alongK, boolean four) {
    private static final int ITEMS = 256;
    private static final int FOUR = 4;

    static TileCopy ofA(Sizes sizes, MatMulTiles tiles) {
        boolean alongK = Math.abs(sizes.columnStep(0)) <= Math.abs(sizes.rowStep(0));
        return of("a", 16 * tiles.rows(), tiles.depth(), alongK, isEven(sizes, 0, alongK));
    }

    static TileCopy ofB(Sizes sizes, MatMulTiles tiles) {
        boolean alongK = Math.abs(sizes.rowStep(1)) < Math.abs(sizes.columnStep(1));
        return of("b", 16 * tiles.columns(), tiles.depth(), alongK, isEven(sizes, 1, !alongK));
    }

    private static TileCopy of(String tile, int length, int depth, boolean alongK, boolean even) {
        return new TileCopy(tile, length, depth, alongK, even && length * depth % (FOUR * ITEMS) == 0);
    }

    /** Whether neighbours lie side by side, and everything else at multiples of four. */
    private static boolean isEven(Sizes sizes, int view, boolean alongRow) {
        long near = alongRow ? sizes.columnStep(view) : sizes.rowStep(view);
        long far = alongRow ? sizes.rowStep(view) : sizes.columnStep(view);
        boolean even = sizes.isSimple() && near == 1 && far % FOUR == 0 && sizes.views()[view].offset() % FOUR == 0;
        for (long stride : sizes.batch().strides()[view]) {
            even &= stride % FOUR == 0;
        }
        return even;
    }

    private boolean isA() {
        return tile.equals("a");
    }

    private String input() {
        return isA() ? "in0" : "in1";
    }

    private String size() {
        return isA() ? "TM" : "TN";
    }

    /** The steps in memory from one row, or column, to the next, and along k. */
    private String acrossStep() {
        return isA() ? "(uidx) a.in0_row" : "(uidx) a.in1_column";
    }

    private String alongStep() {
        return isA() ? "(uidx) a.in0_column" : "(uidx) a.in1_row";
    }

    private int atOnce() {
        return four ? FOUR : 1;
    }

    /** How many elements a work item copies. */
    int each() {
        return length * depth / ITEMS;
    }

    private int rounds() {
        return each() / atOnce();
    }

    /** How far a work item goes from round to round: across, or along k. */
    private int stride() {
        return ITEMS * atOnce() / (alongK ? depth : length);
    }

    /** The code for the place in the tile at which a work item begins. */
    String from() {
        int line = (alongK ? depth : length) / atOnce();
        String inLine = "LOCAL_ID % " + line + (four ? " * 4" : "");
        return """
                    const i32 %1$s_across = %2$s;
                    const i32 %1$s_along = %3$s;
                """.formatted(tile, alongK ? "LOCAL_ID / " + line : inLine, alongK ? inLine : "LOCAL_ID / " + line);
    }

    /**
     * The code for the place in memory at which a work item begins. It is unsigned: what lies beyond the matrix is never read,
     * and its place may overflow.
     */
    String places(String batchPlace) {
        return """
                    const uidx %1$s_begin = (uidx) (%2$s) + (uidx) (%3$s + %1$s_across) * %4$s + (uidx) %1$s_along * %5$s;
                    uidx %1$s_from = %1$s_begin;
                """.formatted(tile, batchPlace, isA() ? "i0" : "j0", acrossStep(), alongStep());
    }

    /** Goes on along k, if there is more. */
    String advance() {
        return "            %1$s_from += more ? (uidx) TK * %2$s : 0;\n".formatted(tile, alongStep());
    }

    /** How far from a work item's first element those of a round begin. */
    private String distance() {
        return rounds() == 1 ? "" : " + (uidx) s * " + stride() + " * " + (alongK ? acrossStep() : alongStep());
    }

    private String eachRound(int depth, String body) {
        return """
                #pragma unroll
                for (i32 s = 0; s < %d; s++) {
                %s}
                """.formatted(rounds(), body.indent(4)).indent(4 * depth);
    }

    /** Takes a work item's elements of a tile within the matrix to registers. */
    String load(int depth) {
        String place = "(idx) (" + tile + "_from" + distance() + ")";
        return eachRound(
                depth,
                four
                        ? "load4_f32(%s + %s, next_%s + 4 * s);".formatted(input(), place, tile)
                        : "next_%s[s] = %s[%s];".formatted(tile, input(), place));
    }

    /** Takes them from there to the side of local memory that is nobody's. */
    String store(int depth) {
        String from = "next_" + tile + " + " + atOnce() + " * s";
        String at = "(side * TK + %1$s_along%3$s) * (%2$s + PAD) + %1$s_across%4$s"
                .formatted(tile, size(), alongK ? "" : " + s * " + stride(), alongK ? " + s * " + stride() : "");
        if (!four) {
            return eachRound(depth, "%ss[%s] = next_%s[s];".formatted(tile, at, tile));
        }
        if (!alongK) {
            return eachRound(depth, "WRITE_LOCAL4(%ss + %s, %s)".formatted(tile, at, from));
        }
        return eachRound(depth, """
                #pragma unroll
                for (i32 e = 0; e < 4; e++) {
                    %ss[%s + e * (%s + PAD)] = (%s)[e];
                }
                """.formatted(tile, at, size(), from));
    }

    private String end() {
        return isA() ? "a.m - i0" : "a.n - j0";
    }

    /** Copies a tile of which some may be beyond the matrix. */
    String guarded(int depth) {
        String body = """
                const i32 at = %1$s_across%2$s;
                const i32 k = %1$s_along%3$s;
                const uidx from = %1$s_begin + (uidx) k0 * %4$s%5$s%6$s;
                %1$ss[k * (%7$s + PAD) + at] = at < %8$s && k0 + k < a.k ? %9$s[(idx) from] : 0.0f;
                """.formatted(
                        tile,
                        alongK ? " + s * " + stride() : four ? " + e" : "",
                        alongK ? four ? " + e" : "" : " + s * " + stride(),
                        alongStep(),
                        distance(),
                        four ? " + (uidx) e" : "",
                        size(),
                        end(),
                        input());
        return eachRound(
                depth, four ? "#pragma unroll\nfor (i32 e = 0; e < 4; e++) {\n" + body.indent(4) + "}\n" : body);
    }

    /** Copies a tile whose elements lie where tables say, which are never copied four at once. */
    String byTables(boolean guarded) {
        String value = "%s[%s[at] + %s_at[k]]".formatted(input(), isA() ? "rows_at" : "columns_at", tile);
        return eachRound(3, """
                const i32 at = %1$s_across%2$s;
                const i32 k = %1$s_along%3$s;
                %1$ss[k * (%4$s + PAD) + at] = %5$s;
                """.formatted(
                        tile,
                        alongK ? " + s * " + stride() : "",
                        alongK ? "" : " + s * " + stride(),
                        size(),
                        guarded ? "at < %s && k0 + k < a.k ? %s : 0.0f".formatted(end(), value) : value));
    }

    /** All that the text of the copy depends on. */
    @Override
    public String toString() {
        return (alongK ? "k" : "x") + atOnce() + "of" + length + "," + depth;
    }
}
