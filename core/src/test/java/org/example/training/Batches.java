package org.example.training;

import java.util.Collections;
import java.util.Iterator;
import ondol.Generator;
import ondol.Ondol;
import ondol.Tensor;

/** The numbers of examples, a few at a time: all of them in an order drawn anew, and then again. */
final class Batches {
    private final int examples;
    private final int size;
    private final Generator generator = Ondol.generator();
    private Iterator<Tensor> rest = Collections.emptyIterator();

    /** Numbers from 0 to before {@code examples}, {@code size} of them at a time. */
    Batches(long examples, int size) {
        this.examples = Math.toIntExact(examples);
        this.size = size;
    }

    /** The next numbers, INT64; the last of an epoch may be fewer. */
    Tensor next() {
        if (!rest.hasNext()) {
            rest = Tensor.tensor(generator.permutation(examples)).split(size, 0).iterator();
        }
        return rest.next();
    }
}
