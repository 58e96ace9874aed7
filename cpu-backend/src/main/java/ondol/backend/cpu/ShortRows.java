package ondol.backend.cpu;

import ondol.kernel.Type;

/**
 * Copies between a view and a register where rows are too short to be copied one by one: a table says where the elements
 * lie that come next, whatever the rows.
 */
final class ShortRows {
    /** Rows of this length and longer are copied one by one. */
    private static final int LONG_ROW = 16;

    private static final int MOST_PLACES = 256;

    private final Space space;
    private final int view;

    /** The elements of the innermost axes that fit the table together, and the size of the axis before them. */
    private final int tile;

    private final long tiles;

    /** Where the first elements lie: of some tiles one after the other. */
    private final int[] places;

    ShortRows(Space space, int view) {
        this.space = space;
        this.view = view;
        int axis = space.rank;
        int elements = 1;
        while (axis > 0 && elements * space.sizes[axis - 1] <= MOST_PLACES) {
            elements *= (int) space.sizes[--axis];
        }
        this.tile = elements;
        this.tiles = axis == 0 ? 1 : space.sizes[axis - 1];
        this.places = new int[(int) Math.min(tiles, MOST_PLACES / tile) * tile];
        for (int k = 0; k < places.length; k++) {
            places[k] = (int) space.offset(view, k);
        }
    }

    /** Whether a space's rows are that short. */
    static boolean areIn(Space space) {
        return space.rank > 1 && space.row < LONG_ROW && space.count > 0;
    }

    /** Copies n elements from {@code position} on to the beginning of a slot's register. */
    void read(Type type, Object array, long origin, long position, Frame r, int slot, int n) {
        for (int done = 0; done < n; ) {
            int first = first(position + done);
            int run = run(position + done, first, n - done);
            int at = at(origin, position + done, first);
            switch (type) {
                case F32 -> {
                    float[] from = (float[]) array;
                    float[] to = r.f[slot];
                    for (int k = 0; k < run; k++) {
                        to[done + k] = from[at + places[first + k]];
                    }
                }
                case I32 -> {
                    int[] from = (int[]) array;
                    int[] to = r.i[slot];
                    for (int k = 0; k < run; k++) {
                        to[done + k] = from[at + places[first + k]];
                    }
                }
                case I64 -> {
                    long[] from = (long[]) array;
                    long[] to = r.l[slot];
                    for (int k = 0; k < run; k++) {
                        to[done + k] = from[at + places[first + k]];
                    }
                }
                case BOOL -> {
                    boolean[] from = (boolean[]) array;
                    boolean[] to = r.b[slot];
                    for (int k = 0; k < run; k++) {
                        to[done + k] = from[at + places[first + k]];
                    }
                }
            }
            done += run;
        }
    }

    /** Copies the first n elements of a slot's register to the view, from {@code position} on. */
    void write(Type type, Frame r, int slot, Object array, long origin, long position, int n) {
        for (int done = 0; done < n; ) {
            int first = first(position + done);
            int run = run(position + done, first, n - done);
            int at = at(origin, position + done, first);
            switch (type) {
                case F32 -> {
                    float[] from = r.f[slot];
                    float[] to = (float[]) array;
                    for (int k = 0; k < run; k++) {
                        to[at + places[first + k]] = from[done + k];
                    }
                }
                case I32 -> {
                    int[] from = r.i[slot];
                    int[] to = (int[]) array;
                    for (int k = 0; k < run; k++) {
                        to[at + places[first + k]] = from[done + k];
                    }
                }
                case I64 -> {
                    long[] from = r.l[slot];
                    long[] to = (long[]) array;
                    for (int k = 0; k < run; k++) {
                        to[at + places[first + k]] = from[done + k];
                    }
                }
                case BOOL -> {
                    boolean[] from = r.b[slot];
                    boolean[] to = (boolean[]) array;
                    for (int k = 0; k < run; k++) {
                        to[at + places[first + k]] = from[done + k];
                    }
                }
            }
            done += run;
        }
    }

    /** The place in the table that stands for an element. */
    private int first(long position) {
        return (int) (position % tile);
    }

    /** How many elements from there on the table holds for. */
    private int run(long position, int first, int most) {
        long left = (tiles - position / tile % tiles) * tile;
        return (int) Math.min(most, Math.min(places.length, left) - first);
    }

    private int at(long origin, long position, int first) {
        return (int) (origin + space.offset(view, position)) - places[first];
    }
}
