package ondol.backend.c;

import java.util.List;

/**
 * The common plan of all launches of one structure.
 *
 * @param source the text
 * @param wide whether its indices have 64 bits
 * @param indices how many sizes, offsets and strides it takes
 * @param scalars the run-time scalars it takes
 */
record Plan(Source source, boolean wide, int indices, List<Expressions.ScalarUse> scalars) {
    Arguments arguments(long[] scalarValues) {
        return new Arguments(wide, indices, scalars, scalarValues);
    }
}
