package ondol.backend.c;

/**
 * An index space with some views on it, with as few axes as say the same: axes of size 1 are left out, and neighbours that
 * every view walks through evenly are one. The row-major index of an element stays what it was. A space without elements is
 * one axis of size 0.
 *
 * @param sizes the remaining sizes; one axis at least
 * @param strides each view's strides along them
 * @param general whether every view counts as strided: fewer texts, for spaces whose places are seldom worked out
 */
@SuppressWarnings("ArrayRecordComponent")
record Space(long[] sizes, long[][] strides, boolean general) {
    /** How a view lies in the space. */
    enum Layout {
        /** The element's row-major index is its place. */
        CONTIGUOUS,
        /** One element for all. */
        UNIFORM,
        /** Anything else. */
        STRIDED
    }

    static Space of(long[] sizes, long[][] strides) {
        int views = strides.length;
        for (long size : sizes) {
            if (size == 0) { // the other sizes may be anything then
                return new Space(new long[1], new long[views][1], false);
            }
        }
        long[] newSizes = new long[Math.max(1, sizes.length)];
        long[][] newStrides = new long[views][newSizes.length];
        int rank = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            if (sizes[axis] == 1) {
                continue;
            }
            boolean joins = rank > 0;
            for (int v = 0; v < views && joins; v++) {
                joins = newStrides[v][rank - 1] == strides[v][axis] * sizes[axis];
            }
            int at = joins ? rank - 1 : rank++;
            newSizes[at] = joins ? newSizes[at] * sizes[axis] : sizes[axis];
            for (int v = 0; v < views; v++) {
                newStrides[v][at] = strides[v][axis];
            }
        }
        if (rank == 0) {
            newSizes[0] = 1;
            rank = 1;
        }
        if (rank == newSizes.length) {
            return new Space(newSizes, newStrides, false);
        }
        long[][] cut = new long[views][];
        for (int v = 0; v < views; v++) {
            cut[v] = java.util.Arrays.copyOf(newStrides[v], rank);
        }
        return new Space(java.util.Arrays.copyOf(newSizes, rank), cut, false);
    }

    /** The same space, with every view strided. */
    Space asGeneral() {
        return new Space(sizes, strides, true);
    }

    int rank() {
        return sizes.length;
    }

    long size() {
        long n = 1;
        for (long size : sizes) {
            n *= size;
        }
        return n;
    }

    Layout layout(int view) {
        if (general) {
            return Layout.STRIDED;
        }
        boolean uniform = true;
        boolean contiguous = true;
        long step = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            boolean counts = sizes[axis] > 1;
            uniform &= !counts || strides[view][axis] == 0;
            contiguous &= !counts || strides[view][axis] == step;
            step *= sizes[axis];
        }
        return uniform ? Layout.UNIFORM : contiguous ? Layout.CONTIGUOUS : Layout.STRIDED;
    }

    /** The highest and the lowest place a view reaches, counted from its offset, whichever is further away. */
    long reach(int view) {
        long up = 0;
        long down = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            long last = (sizes[axis] - 1) * strides[view][axis];
            up += Math.max(0, last);
            down += Math.min(0, last);
        }
        return Math.max(up, -down);
    }

    /** Everything about the space that a text depends on. */
    String signature() {
        StringBuilder s = new StringBuilder().append(rank());
        if (general) {
            return s.append('G').toString();
        }
        for (int v = 0; v < strides.length; v++) {
            s.append(layout(v).name().charAt(0));
        }
        return s.toString();
    }

    // ---- text and values: the same fields in the same order

    /** Says how a text takes a row-major index apart, and where each view's element is. */
    final class Places {
        private final String prefix;
        private final String index;
        private final String[] coordinates;
        private final Divisor[] divisors;

        /**
         * @param prefix begins the fields' names: spaces of one text differ in it
         * @param index the variable with the row-major index
         */
        Places(Arguments.Fields fields, String prefix, String index) {
            this.prefix = prefix;
            this.index = index;
            coordinates = new String[rank()];
            divisors = new Divisor[rank()];
            for (int axis = 1; axis < rank(); axis++) {
                divisors[axis] = fields.divisor(prefix + "n" + axis);
            }
        }

        /** Prints the coordinates, if any view needs them. */
        void print(StringBuilder text, String indent) {
            boolean needed = false;
            for (int v = 0; v < strides.length; v++) {
                needed |= layout(v) == Layout.STRIDED;
            }
            if (!needed) {
                return;
            }
            if (rank() == 1) {
                coordinates[0] = index;
                return;
            }
            String rest = index;
            for (int axis = rank() - 1; axis > 0; axis--) {
                coordinates[axis] = prefix + axis;
                String next = axis == 1 ? prefix + "0" : prefix + "r" + axis;
                text.append("%sconst idx %s = %s;\n".formatted(indent, next, divisors[axis].quotient(rest)));
                text.append("%sconst idx %s = %s - %s * %s;\n"
                        .formatted(indent, coordinates[axis], rest, next, divisors[axis].value()));
                rest = next;
            }
            coordinates[0] = rest;
        }

        /** A view's element, counted from where the view begins: "" for the first. */
        String place(Arguments.Fields fields, int view, String name) {
            return switch (layout(view)) {
                case UNIFORM -> "";
                case CONTIGUOUS -> " + " + index;
                case STRIDED -> {
                    StringBuilder s = new StringBuilder();
                    for (int axis = 0; axis < rank(); axis++) {
                        s.append(" + ")
                                .append(coordinates[axis])
                                .append(" * ")
                                .append(fields.index(name + "_" + prefix + axis));
                    }
                    yield s.toString();
                }
            };
        }
    }

    /** Fills the fields of {@link Places}'s constructor. */
    void sizes(Arguments to) {
        for (int axis = 1; axis < rank(); axis++) {
            to.divisor(sizes[axis]);
        }
    }

    /** Fills the fields of {@link Places#place}. */
    void place(Arguments to, int view) {
        if (layout(view) == Layout.STRIDED) {
            for (int axis = 0; axis < rank(); axis++) {
                to.index(strides[view][axis]);
            }
        }
    }
}
