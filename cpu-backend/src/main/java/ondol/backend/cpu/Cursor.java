package ondol.backend.cpu;

/** A place in a {@link Space}: where a block begins, for every view. Moves on without dividing. */
final class Cursor {
    private Space space = Space.POINT;
    private long position;
    private long[] offsets = new long[8];
    private long[] coordinates = new long[8];
    private long[] walk = new long[8];

    /** Goes to an element. */
    void start(Space to, long element) {
        space = to;
        position = element;
        int rank = to.rank;
        if (coordinates.length < rank) {
            coordinates = new long[rank];
            walk = new long[rank];
        }
        if (offsets.length < to.views) {
            offsets = new long[to.views];
        }
        long rest = element;
        for (int a = rank - 1; a > 0; a--) {
            long outer = rest / Math.max(1, to.sizes[a]); // an empty reduction has nothing to walk over
            coordinates[a] = rest - outer * to.sizes[a];
            rest = outer;
        }
        coordinates[0] = rest;
        for (int v = 0; v < to.views; v++) {
            long offset = 0;
            for (int a = 0; a < rank; a++) {
                offset += coordinates[a] * to.strides[v * rank + a];
            }
            offsets[v] = offset;
        }
    }

    /** Goes n elements on. */
    void advance(int n) {
        int last = space.rank - 1;
        long column = coordinates[last] + n;
        if (last > 0 && column > space.row) {
            start(space, position + n);
            return;
        }
        position += n;
        for (int v = 0; v < space.views; v++) {
            offsets[v] += n * space.strides[v * space.rank + last];
        }
        coordinates[last] = column;
        if (last > 0 && column == space.row) {
            coordinates[last] = 0;
            nextRow();
        }
    }

    private void nextRow() {
        int rank = space.rank;
        int axis = rank - 2;
        while (axis > 0 && coordinates[axis] + 1 == space.sizes[axis]) {
            coordinates[axis--] = 0;
        }
        coordinates[axis]++;
        for (int v = 0; v < space.views; v++) {
            offsets[v] += space.carries[v * rank + axis];
        }
    }

    /** The element's number. */
    long position() {
        return position;
    }

    /** Where a view's element is, relative to the view's first. */
    long offset(int view) {
        return offsets[view];
    }

    /** The place in the row. */
    long column() {
        return coordinates[space.rank - 1];
    }

    /** Whether n elements from here are in one row. */
    boolean isInRow(int n) {
        return space.rank == 1 || coordinates[space.rank - 1] + n <= space.row;
    }

    /** How many whole rows, along the axis before the last, begin here within n elements; 0 in the middle of a row. */
    int wholeRows(int n) {
        int last = space.rank - 1;
        return last == 0 || coordinates[last] != 0
                ? 0
                : (int) Math.min(n / space.row, space.sizes[last - 1] - coordinates[last - 1]);
    }

    /** A copy of the coordinates, for {@link Space#nextRow}. */
    long[] walk() {
        System.arraycopy(coordinates, 0, walk, 0, space.rank);
        return walk;
    }
}
