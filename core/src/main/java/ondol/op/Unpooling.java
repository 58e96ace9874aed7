package ondol.op;

import ondol.DType;
import ondol.Scope;
import ondol.Shape;
import ondol.Tensor;
import ondol.ValuesAndIndices;
import ondol.autograd.Function;
import org.jspecify.annotations.Nullable;

/** Elements put at places of planes of zeros; of several for one place the last stays. */
final class Unpooling extends Function {
    private final String name;
    private final long[] plane;

    Unpooling(String name, long[] plane) {
        this.name = name;
        this.plane = plane;
    }

    @Override
    protected Tensor forward(Context context, Tensor... inputs) {
        context.save(inputs[1]);
        int n = plane.length;
        return Scope.result(() -> {
            Tensor x = MaxPooling.flat(inputs[0], n);
            long[] sizes = inputs[0].shape().toArray();
            System.arraycopy(plane, 0, sizes, sizes.length - n, n);
            Tensor sources = sources(MaxPooling.flat(inputs[1], n), MaxPooling.planes(sizes, n));
            // Element 0 is the zero of places to which nothing goes.
            Tensor elements = new ConstantPadding(new long[] {1}, new long[] {0}, 0).of(x);
            return elements.gather(-1, sources).reshape(sizes);
        });
    }

    /** The source of each place: one more than the number of the last element for it, or 0 if there is none. */
    private static Tensor sources(Tensor indices, Shape planes) {
        Tensor none = Tensor.zeros(planes, DType.INT64, indices.device());
        long count = indices.size(-1);
        if (count == 0) {
            return none;
        }
        ValuesAndIndices sorted = indices.sort(-1, false); // stable
        Tensor places = sorted.values();
        Tensor differs =
                places.slice(-1, 0, count - 1).ne(places.slice(-1, 1, count)).to(DType.INT64);
        Tensor isLast = new ConstantPadding(new long[] {0}, new long[] {1}, 1).of(differs);
        return none.scatterAdd(-1, places, sorted.indices().add(1L).mul(isLast));
    }

    @Override
    protected @Nullable Tensor[] backward(Context context, Tensor grad) {
        int n = plane.length;
        Tensor indices = context.saved(0);
        Tensor read = MaxPooling.flat(grad, n).gather(-1, MaxPooling.flat(indices, n));
        return new @Nullable Tensor[] {read.reshape(indices.shape().toArray()), null};
    }

    @Override
    protected String gradName() {
        return name;
    }
}
